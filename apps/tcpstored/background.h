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

/* Runs `work` in a new thread that blocks all signals but faults. Its stack has 256 KiB,
 * because stacks count against the heap's limit in a container. Returns 0 or an errno. */
TCPSTORE_MUST_USE
int background_start(background_fn *work, void *context);

/* The same for work that background_wait does not wait for. */
TCPSTORE_MUST_USE
int background_start_unawaited(background_fn *work, void *context);

/* Waits until all other pieces have finished, at most `seconds`. */
void background_wait(int seconds);

#endif
