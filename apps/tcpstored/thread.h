/* Threads beside the one that serves. */
#ifndef TCPSTORED_THREAD_H
#define TCPSTORED_THREAD_H

#include <tcpstore/error.h>

/* Starts a detached thread with a small stack, since a stack counts against the heap's limit in
 * a container. Signals are left to the thread that serves. Returns 0 or an errno. */
TCPSTORE_MUST_USE
int thread_start(void *(*run)(void *argument), void *argument);

#endif
