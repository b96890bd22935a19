/* Keeps the numbers of standard input, output and error from being given to a socket. */
#ifndef COMMON_STANDARD_STREAMS_H
#define COMMON_STANDARD_STREAMS_H

#include <tcpstore/error.h>

/* Call it first in main. Standard streams that the caller has closed get descriptors whose
 * reads and writes fail with EBADF. Returns -1, with a line on stderr if that is open, when no
 * descriptor is left. */
TCPSTORE_MUST_USE
int standard_streams_fill(const char *program);

#endif
