#include "server/closed.h"

enum { CAPACITY_MIN = 16 };

void closed_init(struct closed *closed, struct memory *memory)
{
    *closed = (struct closed){.memory = memory};
}

void closed_done(struct closed *closed)
{
    memory_free(closed->memory, closed->clients, closed->capacity * sizeof(*closed->clients));
}

/* If memory is refused, the capacity stays as it is. */
static void grow(struct closed *closed)
{
    size_t capacity = closed->capacity == 0 ? CAPACITY_MIN : 2 * closed->capacity;
    struct closed_client *clients =
        memory_alloc(closed->memory, capacity * sizeof(*closed->clients));

    if (clients == NULL)
        return;
    for (size_t i = 0; i < closed->count; i++)
        clients[i] = *closed_at(closed, i);
    closed_done(closed);
    closed->clients = clients;
    closed->capacity = capacity;
    closed->first = 0;
}

void closed_add(struct closed *closed, const struct closed_client *client)
{
    if (closed->count == closed->capacity && closed->capacity < CLOSED_MAX)
        grow(closed);
    if (closed->capacity == 0)
        return;
    closed->clients[(closed->first + closed->count) % closed->capacity] = *client;
    if (closed->count < closed->capacity)
        closed->count++;
    else
        closed->first = (closed->first + 1) % closed->capacity;
}
