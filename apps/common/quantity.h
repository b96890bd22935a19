/* Numbers, sizes and durations as people write them on a command line. */
#ifndef COMMON_QUANTITY_H
#define COMMON_QUANTITY_H

#include <stdint.h>

#include <tcpstore/error.h>

#define QUANTITY_TEXT_SIZE 32

enum {
    QUANTITY_MALFORMED = -1, /* not in the form given here; signs and spaces never are */
    QUANTITY_TOO_LARGE = -2, /* for 64 bits */
};

/* All parse the whole of `text`, or return one of these. */

/* Decimal digits. */
TCPSTORE_MUST_USE
int quantity_parse_number(const char *text, uint64_t *ret_number);

/* Decimal digits and, perhaps, K, M, G or T for a power of 1,024. Ki, KB and KiB are K, and so
 * on; small letters are as good. */
TCPSTORE_MUST_USE
int quantity_parse_size(const char *text, uint64_t *ret_size);

/* Decimal digits and, perhaps, a fraction; the nearest whole number of milliseconds. */
TCPSTORE_MUST_USE
int quantity_parse_seconds(const char *text, uint64_t *ret_milliseconds);

void quantity_format_number(uint64_t number, char ret_text[QUANTITY_TEXT_SIZE]);

/* As quantity_parse_size reads it, with the largest suffix that loses nothing. */
void quantity_format_size(uint64_t size, char ret_text[QUANTITY_TEXT_SIZE]);

/* As quantity_parse_seconds reads it. */
void quantity_format_seconds(uint64_t milliseconds, char ret_text[QUANTITY_TEXT_SIZE]);

#endif
