/* What a signal is: its name, its cause. All functions are async-signal-safe. */
#ifndef TCPSTORED_SIGNAL_KIND_H
#define TCPSTORED_SIGNAL_KIND_H

#include <stdbool.h>

enum { SIGNAL_NAME_SIZE = sizeof("128") };

/* "SIGTERM"; or the number, written to `text`, if the signal has no name here. */
const char *signal_name(int number, char text[SIGNAL_NAME_SIZE]);

/* Whether the process itself causes it, as by a bad address or abort(). The kernel then kills
 * even a process that blocks it, and even process 1. */
bool signal_is_fault(int number);

#endif
