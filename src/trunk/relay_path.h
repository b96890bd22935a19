/*
 * The relays between a client of a trunk and the store, the nearest to the client first: a
 * relay that is one of them must not become its own upstream. Not thread-safe.
 */
#ifndef TRUNK_RELAY_PATH_H
#define TRUNK_RELAY_PATH_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    RELAY_ID_SIZE = 16,
    RELAY_PATH_MAX = 8, /* relays */
};

/* All zero: none, as at the store. */
struct relay_path {
    uint8_t count;
    uint8_t ids[RELAY_PATH_MAX][RELAY_ID_SIZE];
};

static inline bool relay_path_has(
    const struct relay_path *path, const uint8_t id[RELAY_ID_SIZE])
{
    for (uint8_t i = 0; i < path->count; i++)
        if (memcmp(path->ids[i], id, RELAY_ID_SIZE) == 0)
            return true;
    return false;
}

static inline bool relay_path_is_full(const struct relay_path *path)
{
    return path->count == RELAY_PATH_MAX;
}

/* Adds the nearest one. The path must not be full. */
static inline void relay_path_add(struct relay_path *path, const uint8_t id[RELAY_ID_SIZE])
{
    memmove(path->ids[1], path->ids[0], (size_t)path->count * RELAY_ID_SIZE);
    memcpy(path->ids[0], id, RELAY_ID_SIZE);
    path->count++;
}

#endif
