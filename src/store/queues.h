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

/* An entry that is not in its queue yet. */
struct queue_push {
    struct queue *queue;
    struct queue_entry *entry;
};

/* Allocates all that a new entry needs. Until the push is committed or discarded, nothing else
 * may be done with the queues. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int queues_prepare(
    struct queues *queues, struct name name, const struct slice *value,
    struct queue_push *ret_push);
void queues_commit(const struct queue_push *push);
void queues_discard(struct queues *queues, struct name name, const struct queue_push *push);

/* Gets the oldest entry, valid until it is dropped, and returns the length of the queue. 0: the
 * queue is empty and *ret_value is untouched. */
size_t queues_front(const struct queues *queues, struct name name, struct slice *ret_value);

/* Removes the oldest entry of a queue, which must not be empty. */
void queues_drop(struct queues *queues, struct name name);

#endif
