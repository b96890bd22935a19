/* The file from which scripts learn the port. */
#ifndef TCPSTORED_PORT_FILE_H
#define TCPSTORED_PORT_FILE_H

#include <stdint.h>

#include <tcpstore/error.h>

enum { PORT_FILE_REASON_SIZE = 256 };

/*
 * Writes the port and a newline; never waits for a reader. A regular file is replaced
 * atomically; symbolic links to it are followed. A FIFO, a character device such as /dev/null,
 * and an inherited descriptor (/dev/stdout, /dev/fd/N) are written to. Such a descriptor is
 * then closed unless it is a standard stream, so that its reader sees the end of the file.
 *
 * Returns -1 with the reason and the next step: "it is a directory; name a file in it".
 */
TCPSTORE_MUST_USE
int port_file_write(const char *path, uint16_t port, char ret_reason[PORT_FILE_REASON_SIZE]);

#endif
