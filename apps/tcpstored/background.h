/*
 * Work that may block forever, each piece in a thread of its own, so that a stalled reader
 * holds up neither the clients nor the stop.
 *
 * Ways to fail: no thread can be started. A piece that never finishes dies with the process.
 */
#ifndef TCPSTORED_BACKGROUND_H
#define TCPSTORED_BACKGROUND_H

#include <tcpstore/error.h>

typedef void background_fn(void *context);

/* Runs `work` in a new thread (thread.h). Returns 0 or an errno. */
TCPSTORE_MUST_USE
int background_start(background_fn *work, void *context);

/* Waits until all pieces have finished, at most `seconds`. */
void background_wait(int seconds);

#endif
