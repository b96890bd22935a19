/* Keeps the numbers of standard input, output and error from being given to a socket. */
#ifndef COMMON_STANDARD_STREAMS_H
#define COMMON_STANDARD_STREAMS_H

#include <tcpstore/error.h>

/* Call it first in main. A standard stream that the caller has closed stays useless: reading
 * and writing it fails with EBADF. But its number is taken from then on. Returns -1, with a
 * line on stderr if that is open, when there is no descriptor left. */
TCPSTORE_MUST_USE
int standard_streams_fill(const char *program);

#endif
