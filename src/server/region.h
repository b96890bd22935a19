/*
 * A part of the address space whose pages become the process's as they are touched and go back
 * to the system one by one. It knows which of them the process holds.
 *
 * Regions lie at multiples of their size, so that each address in one leads to it.
 */
#ifndef SERVER_REGION_H
#define SERVER_REGION_H

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

#define REGION_SIZE ((size_t)4 << 20)

enum {
    REGION_PAGE = 4096,
    REGION_PAGES = REGION_SIZE / REGION_PAGE,
};

/* At the start of its first page. */
struct region {
    struct list link; /* this and the next three are for the owner */
    struct list dirty;
    size_t used;
    size_t freed;
    size_t held;                       /* bytes of pages that the process holds */
    uint64_t pages[REGION_PAGES / 64]; /* a bit for each page: it is held */
};

/* NULL if the system refuses it. Its first page is held. */
struct region *region_new(void);

void region_free(struct region *region);

static inline struct region *region_of(const void *address)
{
    return (struct region *)((uintptr_t)address & ~(uintptr_t)(REGION_SIZE - 1));
}

/* The bytes from `begin` to `end` are going to be written. Returns how many bytes more the
 * process holds then. */
size_t region_touch(const void *begin, const void *end);

/* Gives back the whole pages between the two. Returns how many bytes fewer the process holds.
 */
size_t region_discard(const void *begin, const void *end);

#endif
