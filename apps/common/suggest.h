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

/* `typed` is borrowed and may lack a null byte. */
struct suggestion suggestion_of(const char *typed, size_t size);

/* Considers a name, which is borrowed. It is close if at most a third of its characters differ;
 * a missing, extra or wrong character or a swap of two neighbours counts as one difference,
 * case as none. The first of several equally close names is kept. */
void suggestion_consider(struct suggestion *suggestion, const char *name);

#endif
