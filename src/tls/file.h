/* Reads the files that --tls-cert and others name. */
#ifndef TLS_FILE_H
#define TLS_FILE_H

#include <stdbool.h>

#include <tcpstore/error.h>

#include "base/span.h"

enum { TLS_FILE_MAX = 1 << 20 /* bytes */ };

/*
 * Reads a whole file, which the caller frees; it may block as the file system does. `what` is
 * the option that names it, for the message. If `is_private`, a file that others may read or
 * write is refused.
 *
 * TCPSTORE_EINVAL  there is no such file, it may not be read, it is too long, or not private
 * TCPSTORE_ENOMEM
 */
TCPSTORE_MUST_USE
int tls_file_read(
    const char *what, const char *path, bool is_private, struct span *ret_bytes,
    struct tcpstore_error *error);

/* Overwrites and frees the bytes. */
void tls_file_free(struct span bytes);

#endif
