/* Replies that a client has yet to read: what they said when they were made, they still say
 * when it reads them, though the values that they share with the store have changed. */
#ifndef SIM_BACKLOG_H
#define SIM_BACKLOG_H

#include "base/outbox.h"
#include "support/buffer.h"

struct backlog {
    struct outbox replies;
    struct buffer expected;
    size_t read; /* bytes of `expected` */
};

void backlog_init(struct backlog *backlog, struct memory *memory);
void backlog_done(struct backlog *backlog);

/* Takes what is in `replies`, of which `bytes` is a copy. Memory must not be refused. */
void backlog_add(struct backlog *backlog, struct outbox *replies, struct span bytes);

/* Reads up to `len` bytes. Returns whether they are what was said. */
bool backlog_read(struct backlog *backlog, size_t len);

#endif
