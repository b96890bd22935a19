/* What a call is about, in words. */
#ifndef CLIENT_SUBJECT_H
#define CLIENT_SUBJECT_H

#include <tcpstore/client.h>

#include "base/span.h"

struct subject {
    const char *verb;                 /* "wait for" */
    const struct tcpstore_span *keys; /* the first is named, the others are counted */
    size_t count;
};

enum { SUBJECT_MAX = 160 };

/* "wait for /rank_7 and 2 more": the key as it is on the wire, in quotes and with escapes if it
 * holds other than plain characters, cut with "…" when too long. Returns `text`. */
const char *subject_format(
    const struct subject *subject, struct span prefix, char text[SUBJECT_MAX]);

#endif
