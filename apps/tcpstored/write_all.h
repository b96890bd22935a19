/* Blocking writes. */
#ifndef TCPSTORED_WRITE_ALL_H
#define TCPSTORED_WRITE_ALL_H

#include <stddef.h>

/* Writes `len` bytes and waits while `fd` takes no more, even if it is non-blocking. Returns
 * how many were written: fewer only after an error, with errno set. */
size_t write_all(int fd, const char *bytes, size_t len);

#endif
