/* What an operation is about, in words for messages. */
#ifndef CLIENT_SUBJECT_H
#define CLIENT_SUBJECT_H

#include <tcpstore/client.h>

#include "base/span.h"

enum { SUBJECT_MAX = 160 };

/*
 * "wait for /rank_7 and 2 more": the verb, the first key as it is on the wire, and how many
 * more. A key with other than plain characters is quoted and escaped; a long one is cut with
 * "…". Returns `text`.
 */
const char *subject_format(
    const char *verb, struct span prefix, const struct tcpstore_span *keys, size_t key_count,
    char text[SUBJECT_MAX]);

#endif
