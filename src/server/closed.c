#include "server/closed.h"

enum { CAPACITY_MIN = 16 };

void closed_init(struct closed *closed, struct memory *memory)
{
    *closed = (struct closed){.memory = memory};
}

static void free_ring(struct closed *closed)
{
    memory_free(closed->memory, closed->clients, closed->capacity * sizeof(*closed->clients));
}

void closed_done(struct closed *closed)
{
    for (size_t i = 0; i < closed->count; i++)
        remote_process_free(closed->memory, closed_at(closed, i)->process);
    free_ring(closed);
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
    free_ring(closed);
    closed->clients = clients;
    closed->capacity = capacity;
    closed->first = 0;
}

static void forget_oldest(struct closed *closed)
{
    remote_process_free(closed->memory, closed_at(closed, 0)->process);
    closed->first = (closed->first + 1) % closed->capacity;
    closed->count--;
}

void closed_add(struct closed *closed, const struct closed_client *client)
{
    struct closed_client *kept;

    if (closed->count == closed->capacity && closed->capacity < CLOSED_MAX)
        grow(closed);
    if (closed->capacity == 0)
        return;
    if (closed->count == closed->capacity)
        forget_oldest(closed);
    kept = &closed->clients[(closed->first + closed->count) % closed->capacity];
    *kept = *client;
    kept->process = remote_process_copy(closed->memory, client->process);
    closed->count++;
}
