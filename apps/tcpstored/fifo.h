/* A FIFO (named pipe) that no process has opened for reading yet. */
#ifndef TCPSTORED_FIFO_H
#define TCPSTORED_FIFO_H

#include <stddef.h>

#include <tcpstore/error.h>

/* Starts a thread that waits until a process opens the FIFO for reading, writes `text` and
 * closes it. Returns at once: 0, or -1 with errno set if no thread can be started. */
TCPSTORE_MUST_USE
int fifo_write_later(const char *path, const char *text, size_t len);

#endif
