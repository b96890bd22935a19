/* An ordered list of client numbers. All zero: empty. */
#ifndef SIM_CLIENT_LIST_H
#define SIM_CLIENT_LIST_H

#include <stddef.h>
#include <stdint.h>

struct client_list {
    uint32_t *clients;
    size_t count;
    size_t capacity;
};

void client_list_add(struct client_list *client_list, uint32_t client);

/* Removes the first `count`. */
void client_list_remove_first(struct client_list *client_list, size_t count);

/* Removes every occurrence of the client. */
void client_list_remove(struct client_list *client_list, uint32_t client);

void client_list_done(struct client_list *client_list);

#endif
