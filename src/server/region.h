/*
 * A part of the address space whose pages become the process's as they are touched and go back
 * to the system one by one. It knows which of them the process holds.
 *
 * Regions lie at multiples of their size, so that each address in one leads to it. The kernel's
 * pages are assumed to have 4 KiB; with larger ones, fewer go back.
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
    size_t held;                            /* bytes of pages that the process holds */
    uint64_t held_pages[REGION_PAGES / 64]; /* a bit for each page */

    /* The owner's: */
    struct list link;
    struct list dirty; /* link in a list of regions to trim */
    size_t used;       /* bytes of blocks */
    size_t freed;      /* bytes of blocks that were freed since it was trimmed */
};

/* NULL if the system refuses it. Its first page is held. */
struct region *region_new(void);

void region_free(struct region *region);

static inline struct region *region_of(const void *address)
{
    return (struct region *)((uintptr_t)address & ~(uintptr_t)(REGION_SIZE - 1));
}

/* The bytes from `begin` to `end`, at least one, are going to be written. They lie in one
 * region. Returns how many bytes more the process holds then. */
size_t region_touch(const void *begin, const void *end);

/* Gives back the whole pages between the two, which lie in one region. Returns how many bytes
 * fewer the process holds.
 */
size_t region_discard(const void *begin, const void *end);

#endif
