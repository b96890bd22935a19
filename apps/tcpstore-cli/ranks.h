/* Sets of ranks, and patterns such as job/rank_{} that make a key for each rank. */
#ifndef CLI_RANKS_H
#define CLI_RANKS_H

#include <stddef.h>
#include <stdint.h>

#include "tcpstore-cli/bytes.h"

#define RANKS_MAX ((size_t)1 << 24)

/* Ascending, each rank once, after ranks_sort. All zero is empty. */
struct ranks {
    uint64_t *numbers;
    size_t count;
    size_t capacity;
};

/* Adds "7", a range such as "0..1023" or "0-1023" with both ends, or a list of these such as
 * "0-3,7". Ignores braces around it, since not every shell expands {0..3}, and a comma at the
 * end, which ranks_describe writes. Returns -1 for any other text, for a rank above INT64_MAX,
 * and for more than RANKS_MAX ranks. */
TCPSTORE_MUST_USE
int ranks_add(struct ranks *ranks, const char *text);

/* To be called once all ranks are added. */
void ranks_sort(struct ranks *ranks);

/* Appends the ranks as a user writes them, "0..5, 9, 12". After `max_parts` of these parts
 * follows "and more". */
void ranks_describe(const struct ranks *ranks, size_t max_parts, struct bytes *text);

void ranks_done(struct ranks *ranks);

/*
 * The rank replaces each field of a pattern. A field is {}, or as in Python's format strings
 * {:5} for five characters filled with spaces, or {:05} filled with zeros; a d may follow, as
 * in {:05d}. Other braces are ordinary characters.
 *
 * Returns NULL for a valid pattern, otherwise what is wrong: it has no field, or {: does not
 * begin one.
 */
const char *pattern_error(const char *pattern);

/* Appends the key of a rank. The pattern has to be valid. */
void pattern_expand(const char *pattern, uint64_t rank, struct bytes *text);

#endif
