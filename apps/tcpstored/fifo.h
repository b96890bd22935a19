/* A FIFO (named pipe) that no process has opened for reading yet. */
#ifndef TCPSTORED_FIFO_H
#define TCPSTORED_FIFO_H

#include <stddef.h>

#include <tcpstore/error.h>

/* Writes `text` to the FIFO once a process opens it for reading, and closes it behind the text;
 * returns at once. A thread waits for that, as long as the process lives. Returns -1 with errno
 * set if there can be no thread. */
TCPSTORE_MUST_USE
int fifo_write_later(const char *path, const char *text, size_t len);

#endif
