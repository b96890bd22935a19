/*
 * A file of shared secrets. Each line is a name, a space and 64 hexadecimal digits; empty lines
 * and lines that begin with '#' say nothing. The end that connects shows the first one, by its
 * name; the other end accepts any that it has. So a secret is replaced in two steps: put the
 * new one second everywhere, then first.
 */
#ifndef TLS_SECRETS_H
#define TLS_SECRETS_H

#include <stddef.h>
#include <stdint.h>

#include <tcpstore/error.h>

#include "base/span.h"

enum {
    SECRET_SIZE = 32,
    SECRET_NAME_MAX = 64, /* bytes; letters, digits, '-', '_' and '.' */
    SECRETS_MAX = 64,
};

struct secret {
    size_t name_len;
    char name[SECRET_NAME_MAX];
    uint8_t key[SECRET_SIZE];
};

struct secrets {
    size_t count; /* at least 1 */
    struct secret list[SECRETS_MAX];
};

/* Parses the file's text; `path` is for the message. TCPSTORE_EINVAL. */
TCPSTORE_MUST_USE
int secrets_parse(
    struct span text, const char *path, struct secrets *ret_secrets,
    struct tcpstore_error *error);

/* NULL: there is none of this name. */
const struct secret *secrets_find(const struct secrets *secrets, struct span name);

#endif
