/* 64-bit numbers as the text under a key, written and read as the counters of
 * PyTorch's server are. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/span.h"

enum {
    DECIMAL_MAX = 20 /* bytes of the longest: "-9223372036854775808" */
};

/*
 * Reads as C's strtoll does in base 10: leading white space and one sign are allowed, the
 * number ends at the first other byte, and what follows is ignored.
 *
 * TCPSTORE_ENOTANUMBER  no digits
 * TCPSTORE_ERANGE       does not fit
 */
int decimal_parse(struct span text, int64_t *ret_number);

/* Writes at most DECIMAL_MAX bytes, no terminator, and returns how many. */
size_t decimal_format(int64_t number, uint8_t *text);

#endif
