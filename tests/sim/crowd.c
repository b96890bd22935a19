#include "sim/crowd.h"

#include <stdlib.h>
#include <string.h>

#include "sim/allocate.h"

void crowd_add(struct crowd *crowd, uint32_t client)
{
    if (crowd->count == crowd->capacity) {
        crowd->capacity = crowd->capacity * 2 + 4;
        crowd->clients = reallocate(crowd->clients, crowd->capacity * sizeof(*crowd->clients));
    }
    crowd->clients[crowd->count++] = client;
}

void crowd_drop(struct crowd *crowd, size_t count)
{
    crowd->count -= count;
    if (crowd->count > 0)
        memmove(crowd->clients, crowd->clients + count, crowd->count * sizeof(*crowd->clients));
}

void crowd_remove(struct crowd *crowd, uint32_t client)
{
    size_t kept = 0;

    for (size_t i = 0; i < crowd->count; i++) {
        if (crowd->clients[i] != client)
            crowd->clients[kept++] = crowd->clients[i];
    }
    crowd->count = kept;
}

void crowd_done(struct crowd *crowd)
{
    free(crowd->clients);
    *crowd = (struct crowd){0};
}
