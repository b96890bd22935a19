/* Named queues of values, first in first out. A queue exists while it holds an entry.
 * Not thread-safe. */
#ifndef STORE_QUEUES_H
#define STORE_QUEUES_H

#include "base/blob.h"
#include "base/table.h"

struct queues {
    struct table table;
};

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int queues_init(struct queues *queues, struct memory *memory, const struct hash_key *hash_key);
void queues_done(struct queues *queues);

size_t queues_length(const struct queues *queues, struct name name);

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int queues_push(struct queues *queues, struct name name, const struct slice *value);

/* Gets the oldest entry, valid until it is dropped, and returns the length of the queue. 0: the
 * queue is empty and *ret_value is untouched. */
size_t queues_front(const struct queues *queues, struct name name, struct slice *ret_value);

/* Removes the oldest entry of a queue, which must not be empty. */
void queues_drop(struct queues *queues, struct name name);

#endif
