#ifndef OBSERVE_FLATTEN_H
#define OBSERVE_FLATTEN_H

#include "base/outbox.h"

/* Moves all bytes of `outbox` into one block from malloc. NULL: memory is refused. */
char *flatten(struct outbox *outbox);

#endif
