/* Replies, written to an outbox. Each returns 0, or what outbox_append returns, and then
 * has written nothing or part of a reply: the connection is lost. */
#ifndef WIRE_REPLY_H
#define WIRE_REPLY_H

#include "base/outbox.h"
#include "wire/opcode.h"

int reply_status(struct outbox *outbox, enum wire_status status);
int reply_nonce(struct outbox *outbox, uint32_t nonce);
int reply_number(struct outbox *outbox, int64_t number);

/* A value; a share of its blob is taken if it is large. */
int reply_blob(struct outbox *outbox, const struct slice *value);

/* A key of LIST_KEYS. */
int reply_key(struct outbox *outbox, struct span key);

#endif
