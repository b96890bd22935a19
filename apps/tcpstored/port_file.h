/* The file that tells scripts which port was picked. */
#ifndef TCPSTORED_PORT_FILE_H
#define TCPSTORED_PORT_FILE_H

#include <stdint.h>

#include <tcpstore/error.h>

/* Writes the port and a newline: whoever reads the file finds the whole of it, or the file
 * as it was before. Returns -1 with errno set if that cannot be done. */
TCPSTORE_MUST_USE
int port_file_write(const char *path, uint16_t port);

#endif
