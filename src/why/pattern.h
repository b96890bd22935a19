/*
 * Patterns for names of keys.
 *
 *   *  at the start: any bytes, also none; as few as possible
 *   %  one byte or more, but no '/'
 *   #  a decimal number without a sign or leading zeros, at most PATTERN_NUMBER_MAX
 *
 * All other characters stand for themselves. A key longer than PATTERN_KEY_MAX matches nothing,
 * which bounds the time that a match takes. Thread-safe.
 */
#ifndef WHY_PATTERN_H
#define WHY_PATTERN_H

#include "base/span.h"

enum { PATTERN_KEY_MAX = 1024, PATTERN_NUMBER_MAX = 99999999 };

/* What the placeholders stand for: parts of the key. `bytes` is NULL without one. */
struct pattern_match {
    struct span start; /* '*' */
    struct span name;  /* the last '%' */
    struct span digits;
    uint32_t number; /* the first '#' */
};

/* Returns whether all of the key matches. */
bool pattern_match(const char *pattern, struct span key, struct pattern_match *ret_match);

/* Reads the number at the front of `text`. Returns how many digits it has; 0: there is none. */
size_t pattern_number(struct span text, uint32_t *ret_number);

#endif
