/* The end of a stream that has no owner. */
#ifndef SERVER_DISCARD_H
#define SERVER_DISCARD_H

#include "server/stream.h"

/* Closes it, and frees it later. No event follows. */
void discard_stream(struct stream *stream);

#endif
