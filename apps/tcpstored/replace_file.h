/* Replaces files atomically. */
#ifndef TCPSTORED_REPLACE_FILE_H
#define TCPSTORED_REPLACE_FILE_H

#include <stddef.h>

#include <tcpstore/error.h>

/* Replaces `path` by a new file of mode 0644 that contains `text`. A process that opens it sees
 * either the whole text or the previous file. On failure returns -1 with errno set; `path` is
 * then unchanged. */
TCPSTORE_MUST_USE
int replace_file(const char *path, const char *text, size_t len);

#endif
