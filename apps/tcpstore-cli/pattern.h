/* A pattern such as job/rank_{} that makes the keys of ranks. */
#ifndef CLI_PATTERN_H
#define CLI_PATTERN_H

#include <stdint.h>

#include "tcpstore-cli/bytes.h"

/*
 * The rank stands in place of each field: {}, or as Python's format has it {:5} for five
 * characters, filled with spaces, {:05} filled with zeros; a d may stand behind, as in {:05d}.
 * Other braces stand for themselves.
 *
 * Returns NULL, or what is wrong with the pattern: that it has no field, or that what begins
 * with {: is none.
 */
const char *pattern_objection(const char *pattern);

/* Appends the key of that rank. The pattern is one without objection. */
void pattern_fill_in(const char *pattern, uint64_t rank, struct bytes *text);

#endif
