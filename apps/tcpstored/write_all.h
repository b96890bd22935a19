/* Writes that block even on a non-blocking descriptor. */
#ifndef TCPSTORED_WRITE_ALL_H
#define TCPSTORED_WRITE_ALL_H

#include <stddef.h>

/* Writes `len` bytes; waits while `fd` cannot take more. Returns the number of bytes written:
 * fewer than `len` only after an error, with errno set. */
size_t write_all(int fd, const char *bytes, size_t len);

#endif
