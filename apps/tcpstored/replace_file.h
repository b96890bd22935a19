/* Files that appear whole or not at all. */
#ifndef TCPSTORED_REPLACE_FILE_H
#define TCPSTORED_REPLACE_FILE_H

#include <stddef.h>

#include <tcpstore/error.h>

/* Makes `path` a new file that holds `text`, readable for all. A process that opens it finds
 * the whole text, or the file that was there before. Returns -1 with errno set, and nothing
 * changed, if that cannot be done. */
TCPSTORE_MUST_USE
int replace_file(const char *path, const char *text, size_t len);

#endif
