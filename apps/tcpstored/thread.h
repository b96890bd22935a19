/* Threads beside the one that serves. */
#ifndef TCPSTORED_THREAD_H
#define TCPSTORED_THREAD_H

#include <tcpstore/error.h>

/* Starts a detached thread that blocks all signals but faults. Its stack has 256 KiB, because
 * stacks count against the heap's limit in a container. Returns 0 or an errno. */
TCPSTORE_MUST_USE
int thread_start(void *(*run)(void *argument), void *argument);

#endif
