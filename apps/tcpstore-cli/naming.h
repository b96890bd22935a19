/*
 * Keys as people write them, and as they are on the wire.
 *
 * A PyTorch client puts "/" in front of a key, and a PrefixStore "name/" before that: the
 * user's "k" is "/k", or "/job/k" with the prefix "job". A key of the wire that does not begin
 * so, such as "init/", is written "raw:init/". A user's key that itself begins with "raw:" is
 * shown as "raw\x3a…", so that the two cannot be mistaken, and PyTorch's key "" as "raw:/",
 * since an empty word is taken for a mistake. All are shown with escapes, and taken so.
 */
#ifndef CLI_NAMING_H
#define CLI_NAMING_H

#include "tcpstore-cli/bytes.h"

struct naming {
    bool raw;           /* keys are those of the wire */
    const char *prefix; /* NULL: none */
};

/* A key of the wire without what the naming puts in front of it. */
struct name {
    struct tcpstore_span bytes; /* part of the key */
    bool raw;                   /* all of it: nothing was in front */
};

struct name naming_name(const struct naming *naming, struct tcpstore_span wire);

/* Whether a listing shows that key: with a prefix, only what has it. */
bool naming_covers(const struct naming *naming, struct tcpstore_span wire);

/* Appends the key as it is shown. */
void naming_show(const struct naming *naming, struct tcpstore_span wire, struct bytes *text);

/* Appends the wire's key for one that somebody typed. Returns -1 where a backslash begins no
 * escape. */
TCPSTORE_MUST_USE
int naming_resolve(const struct naming *naming, const char *typed, struct bytes *wire);

/* Appends what stands in front of a user's key. */
void naming_front(const struct naming *naming, struct bytes *wire);

#endif
