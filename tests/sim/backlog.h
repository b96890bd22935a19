/* Replies that clients read later. They must not change, even if the store replaces the values
 * that they share. */
#ifndef SIM_BACKLOG_H
#define SIM_BACKLOG_H

#include "base/outbox.h"
#include "support/buffer.h"

struct backlog {
    struct outbox replies;
    struct buffer expected;
    size_t read; /* bytes of `expected` that have been read */
};

void backlog_init(struct backlog *backlog, struct memory *memory);
void backlog_done(struct backlog *backlog);

/* Moves the contents of `replies`, of which `bytes` is a copy. Must not be refused memory. */
void backlog_add(struct backlog *backlog, struct outbox *replies, struct span bytes);

/* Reads up to `len` bytes. Returns whether they are unchanged. */
bool backlog_read(struct backlog *backlog, size_t len);

#endif
