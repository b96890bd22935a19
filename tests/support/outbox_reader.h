/* Reads an outbox as the server does. */
#ifndef SUPPORT_OUTBOX_READER_H
#define SUPPORT_OUTBOX_READER_H

#include "base/outbox.h"
#include "support/buffer.h"

/* Moves all bytes of the outbox to the end of `buffer`. */
void outbox_read(struct outbox *outbox, struct buffer *buffer);

/* Fails the test unless the outbox holds exactly these bytes, and consumes them. */
void outbox_expect(struct outbox *outbox, struct span bytes);

#endif
