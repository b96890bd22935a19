/*
 * Runs work that may block forever, each in a separate thread, so that a stalled reader delays
 * neither the clients nor the stop.
 *
 * Ways to fail: no thread can be started. Work that never finishes ends with the process.
 */
#ifndef TCPSTORED_BACKGROUND_H
#define TCPSTORED_BACKGROUND_H

#include <tcpstore/error.h>

typedef void background_fn(void *context);

/* Runs `work` in a new thread that blocks all signals except faults. Its stack is 256 KiB,
 * because stacks count towards the heap limit in a container. Returns 0 or an errno. */
TCPSTORE_MUST_USE
int background_start(background_fn *work, void *context);

/* The same, but background_wait does not wait for it. */
TCPSTORE_MUST_USE
int background_start_detached(background_fn *work, void *context);

/* Waits up to `seconds` for all work that background_start has started. */
void background_wait(int seconds);

#endif
