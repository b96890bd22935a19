#include "sim/client_list.h"

#include <stdlib.h>
#include <string.h>

#include "sim/allocate.h"

void client_list_add(struct client_list *client_list, uint32_t client)
{
    if (client_list->count == client_list->capacity) {
        client_list->capacity = client_list->capacity * 2 + 4;
        client_list->clients = reallocate(
            client_list->clients, client_list->capacity * sizeof(*client_list->clients));
    }
    client_list->clients[client_list->count++] = client;
}

void client_list_remove_first(struct client_list *client_list, size_t count)
{
    client_list->count -= count;
    if (client_list->count > 0)
        memmove(
            client_list->clients, client_list->clients + count,
            client_list->count * sizeof(*client_list->clients));
}

void client_list_remove(struct client_list *client_list, uint32_t client)
{
    size_t kept = 0;

    for (size_t i = 0; i < client_list->count; i++) {
        if (client_list->clients[i] != client)
            client_list->clients[kept++] = client_list->clients[i];
    }
    client_list->count = kept;
}

void client_list_done(struct client_list *client_list)
{
    free(client_list->clients);
    *client_list = (struct client_list){0};
}
