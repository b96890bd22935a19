/* 64-bit decimals, parsed and formatted as PyTorch's server does it for its counters. */
#ifndef BASE_DECIMAL_H
#define BASE_DECIMAL_H

#include "base/span.h"

enum {
    DECIMAL_MAX = 20,    /* bytes in the longest one, "-9223372036854775808" */
    DECIMAL_WITHIN = 64, /* bytes of a text in which the number must end */
};

/*
 * Parses as strtoll does in base 10: leading white space and one sign are allowed, and bytes
 * after the number are ignored. White space or digits that do not end within DECIMAL_WITHIN
 * bytes are not a number, so that a long text costs no more than a short one.
 *
 * TCPSTORE_ENOTANUMBER  no digits, or too long
 * TCPSTORE_ERANGE       does not fit
 */
int decimal_parse(struct span text, int64_t *ret_number);

/* Writes at most DECIMAL_MAX bytes without a terminator. Returns their number. */
size_t decimal_format(int64_t number, uint8_t *text);

#endif
