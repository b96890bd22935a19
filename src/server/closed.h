/* The clients that have been closed most recently, for diagnosis: a rank that hangs often waits
 * for one that has left. Fixed memory. Not thread-safe. */
#ifndef SERVER_CLOSED_H
#define SERVER_CLOSED_H

#include "engine/activity.h"
#include "server/address.h"

enum { CLOSED_MAX = 1024 };

struct closed_client {
    uint64_t number; /* the client's */
    union address peer;
    uint64_t connected_at; /* ms of the loop's clock */
    uint64_t received_at;
    uint64_t closed_at;
    const char *reason; /* static */
    struct activity activity;
};

struct closed {
    struct closed_client clients[CLOSED_MAX];
    uint64_t count; /* in all; the latest is at (count - 1) % CLOSED_MAX */
};

static inline void closed_add(struct closed *closed, const struct closed_client *client)
{
    closed->clients[closed->count++ % CLOSED_MAX] = *client;
}

static inline size_t closed_kept(const struct closed *closed)
{
    return closed->count < CLOSED_MAX ? (size_t)closed->count : CLOSED_MAX;
}

/* The one at `index`, counted from the oldest that is kept. */
static inline const struct closed_client *closed_at(const struct closed *closed, size_t index)
{
    return &closed->clients[(closed->count - closed_kept(closed) + index) % CLOSED_MAX];
}

#endif
