/*
 * Keys as users write them and as they are on the wire, and globs that match them.
 *
 * A PyTorch client puts "/" before a key, and a PrefixStore puts "name/" before that: the
 * user's "k" is "/k", or "/job/k" with the prefix "job". A key on the wire without this start,
 * such as "init/", is written "raw:init/". A user's key that itself begins with "raw:" is shown
 * as "raw\x3a…", so that the two differ. PyTorch's key "" is shown as "raw:/", since an empty
 * argument is treated as a mistake. Keys are shown and read with escapes.
 */
#ifndef CLI_NAMING_H
#define CLI_NAMING_H

#include <stdint.h>

#include "tcpstore-cli/bytes.h"

struct naming {
    bool raw;           /* keys are written as on the wire */
    const char *prefix; /* NULL: none */
};

/* A key without the start that a naming adds. */
struct user_key {
    struct tcpstore_span bytes; /* part of the key */
    bool raw;                   /* the key has no such start; `bytes` is all of it */
};

struct user_key naming_user_key(const struct naming *naming, struct tcpstore_span wire);

/* Whether a listing includes the key: with a prefix, only keys that begin with it. */
bool naming_covers(const struct naming *naming, struct tcpstore_span wire);

/* Appends the key as it is shown. */
void naming_show(const struct naming *naming, struct tcpstore_span wire, struct bytes *text);

/* Appends the key on the wire for a typed one. Returns -1 if a backslash does not begin an
 * escape. */
TCPSTORE_MUST_USE
int naming_resolve(const struct naming *naming, const char *typed, struct bytes *wire);

/* Appends the start of a user's key on the wire. */
void naming_append_start(const struct naming *naming, struct bytes *wire);

/*
 * A glob of the shell, compared with keys as they are shown: * matches any text, ? any
 * character, [a-z] one of a set and [!a-z] one outside it. An escape counts as one character
 * and is written in a glob as in a key: x\ny matches the key that is shown as x\ny. A backslash
 * before punctuation, as in \*, makes it ordinary.
 *
 * fnmatch knows no escapes, and its idea of a character depends on the locale: in glibc 2.36,
 * ??? matches a character of three bytes even in a UTF-8 locale.
 *
 * All zero matches everything.
 */
struct glob {
    uint32_t *codes; /* of its characters; NULL: matches everything */
    size_t count;
};

/* Returns -1 if a backslash does not begin an escape; glob_done is then not needed. */
TCPSTORE_MUST_USE
int glob_init(struct glob *ret_glob, const char *typed);

bool glob_matches(const struct glob *glob, const char *shown);

void glob_done(struct glob *glob);

#endif
