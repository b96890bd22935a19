/* Keeps sockets from getting the numbers of standard input, output and error. */
#ifndef COMMON_STANDARD_STREAMS_H
#define COMMON_STANDARD_STREAMS_H

#include <tcpstore/error.h>

/* Call it first in main. Closed standard streams get descriptors that fail every read and write
 * with EBADF. Returns -1 if no descriptor is left, with a line on stderr if that is open. */
TCPSTORE_MUST_USE
int standard_streams_fill(const char *program);

#endif
