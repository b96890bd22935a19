/* Writes that may take as long as they like. */
#ifndef TCPSTORED_WRITE_ALL_H
#define TCPSTORED_WRITE_ALL_H

#include <stddef.h>

/* Writes `len` bytes and waits where the descriptor takes no more for now, whether or not it
 * blocks by itself. Returns how many were written: fewer only after an error, with errno set.
 */
size_t write_all(int fd, const char *bytes, size_t len);

#endif
