/*
 * Globs of the shell, for keys as they are shown: * is any text, ? any character, and [a-z] or
 * [!a-z] one of a set. An escape of a key is one character to them, and stands in a glob as it
 * does in the key: x\ny finds the key that is shown as x\ny. A backslash in front of
 * punctuation, such as \*, makes it stand for itself.
 *
 * fnmatch knows no escapes, and what it takes for a character depends on the locale; in
 * glibc 2.36, even in a locale of UTF-8, ??? matches a character of three bytes.
 */
#ifndef CLI_GLOB_H
#define CLI_GLOB_H

#include <stdint.h>

#include "tcpstore-cli/bytes.h"

/* All zero matches everything. */
struct glob {
    uint32_t *codes; /* of its characters; NULL: there is no glob */
    size_t count;
};

/* Returns -1 where a backslash begins nothing; then there is no glob to be freed. */
TCPSTORE_MUST_USE
int glob_init(struct glob *ret_glob, const char *typed);

bool glob_matches(const struct glob *glob, const char *shown);

void glob_done(struct glob *glob);

#endif
