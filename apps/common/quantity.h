/* Numbers, sizes and durations on a command line. */
#ifndef COMMON_QUANTITY_H
#define COMMON_QUANTITY_H

#include <stdint.h>

#include <tcpstore/error.h>

#define QUANTITY_TEXT_SIZE 32

enum {
    QUANTITY_MALFORMED = -1, /* not of the documented form; signs and spaces are not allowed */
    QUANTITY_TOO_LARGE = -2, /* more than 64 bits */
};

/* Each parses all of `text` or returns one of these codes. */

/* Decimal digits. */
TCPSTORE_MUST_USE
int quantity_parse_number(const char *text, uint64_t *ret_number);

/* Decimal digits with an optional K, M, G or T, a power of 1,024, in either case. Ki, KB and
 * KiB mean K; likewise for the others. */
TCPSTORE_MUST_USE
int quantity_parse_size(const char *text, uint64_t *ret_size);

/* Decimal digits with an optional fraction, rounded to milliseconds. */
TCPSTORE_MUST_USE
int quantity_parse_seconds(const char *text, uint64_t *ret_milliseconds);

void quantity_format_number(uint64_t number, char ret_text[QUANTITY_TEXT_SIZE]);

/* The form of quantity_parse_size, with the largest suffix that is exact. */
void quantity_format_size(uint64_t size, char ret_text[QUANTITY_TEXT_SIZE]);

/* The form of quantity_parse_seconds. */
void quantity_format_seconds(uint64_t milliseconds, char ret_text[QUANTITY_TEXT_SIZE]);

#endif
