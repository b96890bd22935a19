/* Clients by number, in an order that matters. All zero: none. */
#ifndef SIM_CROWD_H
#define SIM_CROWD_H

#include <stddef.h>
#include <stdint.h>

struct crowd {
    uint32_t *clients;
    size_t count;
    size_t capacity;
};

void crowd_add(struct crowd *crowd, uint32_t client);

/* Takes out the first `count`. */
void crowd_drop(struct crowd *crowd, size_t count);

/* Takes out the client, however often it is there. */
void crowd_remove(struct crowd *crowd, uint32_t client);

void crowd_done(struct crowd *crowd);

#endif
