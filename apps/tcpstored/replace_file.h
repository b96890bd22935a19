/* Replaces files atomically. */
#ifndef TCPSTORED_REPLACE_FILE_H
#define TCPSTORED_REPLACE_FILE_H

#include <stddef.h>

#include <tcpstore/error.h>

/* Makes `path` a new file of mode 0644 that holds `text`. A process that opens it finds the
 * whole text or the previous file. Returns -1 with errno set if that fails, and `path` is as it
 * was. */
TCPSTORE_MUST_USE
int replace_file(const char *path, const char *text, size_t len);

#endif
