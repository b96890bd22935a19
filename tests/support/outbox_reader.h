/* Reads an outbox as a connection does. */
#ifndef SUPPORT_OUTBOX_READER_H
#define SUPPORT_OUTBOX_READER_H

#include "base/outbox.h"
#include "support/buffer.h"

/* Adds everything that is in the outbox to `buffer`, and consumes it. */
void outbox_read(struct outbox *outbox, struct buffer *buffer);

/* Fails the test unless the outbox holds exactly these bytes, and consumes them. */
void outbox_expect(struct outbox *outbox, struct span bytes);

#endif
