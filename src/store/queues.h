/* Named queues of values, first in first out. A queue exists while it holds an entry.
 * Not thread-safe. */
#ifndef STORE_QUEUES_H
#define STORE_QUEUES_H

#include "base/blob.h"
#include "base/list.h"
#include "base/table.h"

/* A queue, or a cursor, among the queues. */
struct queues_place {
    struct list link;
    bool is_cursor;
};

/* Do not move it once initialized. */
struct queues {
    struct table table;
    struct list order; /* places: all queues, oldest first, and cursors */
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

/* Calls `visit` with each entry of the queue, oldest first, until it returns nonzero, and
 * returns that. */
int queues_each(
    const struct queues *queues, struct name name,
    int (*visit)(void *context, const struct slice *value), void *context);

/* Removes the oldest entry of a queue, which must not be empty. */
void queues_drop(struct queues *queues, struct name name);

/* Goes through the queues in the order in which they have come to exist, also those that come
 * meanwhile. It survives all changes, and allocates nothing. All zero: it has not begun. */
struct queues_cursor {
    struct queues_place at; /* behind the last queue that was returned */
};

/* Begins before the oldest queue. Do not move the cursor until it ends. */
void queues_cursor_begin(struct queues *queues, struct queues_cursor *cursor);

/* Gets the next queue's name, valid until its last entry is dropped, and returns its length. 0:
 * there is none. */
size_t queues_cursor_next(
    const struct queues *queues, struct queues_cursor *cursor, struct span *ret_name);

/* A cursor that has not begun, or has ended, is fine. */
void queues_cursor_end(struct queues_cursor *cursor);

#endif
