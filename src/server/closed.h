/* The clients that have been closed most recently, for diagnosis: a rank that hangs often waits
 * for one that has left. Not thread-safe. */
#ifndef SERVER_CLOSED_H
#define SERVER_CLOSED_H

#include "base/memory.h"
#include "engine/activity.h"
#include "server/address.h"
#include "server/remote_process.h"

enum { CLOSED_MAX = 1024 };

struct closed_client {
    uint64_t number; /* the client's */
    union address peer;
    uint64_t connected_at; /* ms of the loop's clock */
    uint64_t received_at;
    uint64_t closed_at;
    const char *reason; /* static */
    struct activity activity;
    struct remote_process *process; /* NULL: it was no client of a relay, or is not kept */
};

struct closed {
    struct memory *memory;
    struct closed_client *clients; /* a ring */
    size_t capacity;
    size_t first; /* the oldest */
    size_t count;
};

/* Borrows `memory`. */
void closed_init(struct closed *closed, struct memory *memory);

void closed_done(struct closed *closed);

/* Copies the client, and its process if there is memory. Forgets the oldest if there are
 * CLOSED_MAX, or memory for more is refused. */
void closed_add(struct closed *closed, const struct closed_client *client);

/* The one at `index`, below `count`, from the oldest on. */
static inline const struct closed_client *closed_at(const struct closed *closed, size_t index)
{
    return &closed->clients[(closed->first + index) % closed->capacity];
}

#endif
