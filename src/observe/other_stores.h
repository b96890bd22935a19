/* The stores, besides the first, in which clients wait. Not thread-safe. */
#ifndef OBSERVE_OTHER_STORES_H
#define OBSERVE_OTHER_STORES_H

#include "observe/sources.h"
#include "why/lines.h"

enum { OTHER_STORES_MAX = 64 /* that are kept: those with the longest waits */ };

struct other_store {
    char name[STORE_NAME_MAX + 1];
    size_t waiting; /* clients */
    int64_t longest_ms;
};

struct other_stores {
    struct other_store list[OTHER_STORES_MAX]; /* the longest wait first */
    size_t kept;
    size_t count; /* of all */
};

/* Copies the name. */
void other_stores_add(
    struct other_stores *others, const char *name, size_t waiting, int64_t longest_ms);

/* The longest wait in them. 0: there are none. */
int64_t other_stores_longest_ms(const struct other_stores *others);

/* "2 other stores have waiting clients: job-1.2 (2 clients, 12 s), …"; nothing without any. */
void other_stores_write(const struct other_stores *others, struct lines *lines);

#endif
