/*
 * Work that may block for ever, each piece in a thread of its own, so that a reader that does
 * not read holds up neither the clients nor the stop.
 *
 * Ways to fail: there can be no more threads. A piece that never ends is left behind when the
 * process exits.
 */
#ifndef TCPSTORED_BACKGROUND_H
#define TCPSTORED_BACKGROUND_H

#include <tcpstore/error.h>

typedef void background_fn(void *context);

/* Runs it in a thread, in which signals other than the CPU's own faults are blocked. Returns 0
 * or an errno. */
TCPSTORE_MUST_USE
int background_start(background_fn *work, void *context);

/* Waits until all pieces have ended, at most that long. */
void background_wait(int seconds);

#endif
