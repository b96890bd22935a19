/* A name of the model: a key, a queue, or both. */
#ifndef SIM_MODEL_NAME_H
#define SIM_MODEL_NAME_H

#include <stdbool.h>

#include "sim/client_list.h"
#include "support/buffer.h"

enum { QUEUE_ENTRIES = 4 /* the engine's limit of entries in a queue */ };

struct model_name {
    bool is_key;
    struct buffer value;                  /* of the key */
    size_t length;                        /* of the queue */
    struct buffer entries[QUEUE_ENTRIES]; /* oldest first */
    struct client_list
        waiting; /* longest wait first; a client that names it twice is in it twice */
};

void model_name_done(struct model_name *name);

/* As a key or as a queue with an entry. */
bool model_name_exists(const struct model_name *name);

/* The value of the key, empty if it is missing. */
struct span model_name_value(const struct model_name *name);

/* Returns whether the key is new. */
bool model_name_put(struct model_name *name, struct span value);

/* Adds to the decimal under the key. Returns 0 or an error code. */
int model_name_sum(const struct model_name *name, int64_t delta, int64_t *ret_sum);

/* The queue must have room. */
void model_name_push(struct model_name *name, struct span value);

/* Drops the oldest entry. */
void model_name_drop(struct model_name *name);

#endif
