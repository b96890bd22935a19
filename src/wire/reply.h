/* Writes replies to an outbox. Errors as outbox_append; then a part of the reply may have been
 * written, and the session must end. */
#ifndef WIRE_REPLY_H
#define WIRE_REPLY_H

#include "base/outbox.h"
#include "wire/opcode.h"

int reply_status(struct outbox *outbox, enum wire_status status);
int reply_nonce(struct outbox *outbox, uint32_t nonce);
int reply_number(struct outbox *outbox, int64_t number);

/* A value; a large one stays in its blob and shares it. */
int reply_blob(struct outbox *outbox, const struct slice *value);

/* A key of LIST_KEYS. */
int reply_key(struct outbox *outbox, struct span key);

#endif
