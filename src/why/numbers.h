/* A set of numbers below a bound, and its ranges as text. Not thread-safe. */
#ifndef WHY_NUMBERS_H
#define WHY_NUMBERS_H

#include <tcpstore/error.h>

#include "base/memory.h"
#include "base/span.h"

struct numbers {
    uint64_t *words;
    uint32_t bound;
    uint32_t count;
};

/* Empty, for numbers below `bound`. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int numbers_init(struct numbers *numbers, struct memory *memory, uint32_t bound);

void numbers_done(struct numbers *numbers, struct memory *memory);

/* A number that is not below the bound is ignored. */
void numbers_add(struct numbers *numbers, uint32_t number);

bool numbers_has(const struct numbers *numbers, uint32_t number);

/* Whether no number is in both. */
bool numbers_are_disjoint(const struct numbers *a, const struct numbers *b);

/* The first number from `from` on that is in the set, or that is not. The bound: none. */
uint32_t numbers_next(const struct numbers *numbers, uint32_t from, bool is_in);

/* Writes "0-2,4,7", followed by "…" in place of the rest if all need more than `size` bytes,
 * which are 32 or more. Returns the length. */
size_t numbers_format(const struct numbers *numbers, char *text, size_t size);

#endif
