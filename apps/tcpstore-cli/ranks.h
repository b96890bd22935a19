/* Sets of ranks. */
#ifndef CLI_RANKS_H
#define CLI_RANKS_H

#include <stddef.h>
#include <stdint.h>

#include "tcpstore-cli/bytes.h"

#define RANKS_MAX ((size_t)1 << 24)

/* In ascending order, each once. All zero is empty. */
struct ranks {
    uint64_t *numbers;
    size_t count;
    size_t capacity;
};

/* Adds "7", "0..1023" or "0-1023" with both ends, or a list of such items as "0-3,7". Braces
 * around it are passed over: not every shell replaces {0..3}. A comma may end it, as in what
 * ranks_describe writes. Returns -1 for what is written otherwise, for a
 * rank above INT64_MAX, or if there would be more than RANKS_MAX. */
TCPSTORE_MUST_USE
int ranks_add(struct ranks *ranks, const char *text);

/* To be called once all are added. */
void ranks_settle(struct ranks *ranks);

/* Appends them as people write them, "0..5, 9, 12"; after `most` of these parts "and more". */
void ranks_describe(const struct ranks *ranks, size_t most, struct bytes *text);

void ranks_done(struct ranks *ranks);

#endif
