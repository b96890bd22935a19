/* Finds the known name that is closest to a mistyped one. */
#ifndef COMMON_SUGGEST_H
#define COMMON_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *typed;
    size_t size;      /* of `typed` */
    const char *best; /* the closest name so far; NULL: no name is close */
    size_t distance;  /* of `best` */
};

/* `typed` is borrowed, and need not be terminated. */
struct suggestion suggestion_of(const char *typed, size_t size);

/* Considers a name, which is borrowed. It is close if a third of its characters or less differ:
 * each that is missing, surplus, wrong, or swapped with its neighbour counts as one; upper and
 * lower case count as the same. The first of several that are equally close is kept. */
void suggestion_consider(struct suggestion *suggestion, const char *name);

#endif
