/*
 * A heap for small blocks. Unlike malloc's it knows how much memory the process holds for it,
 * and it gives free pages back region by region, which takes a millisecond.
 *
 * Free neighbours are joined at once. Free blocks are listed by size in classes, 16 for each
 * power of two; an allocation tries a few blocks of its own class, and then takes one from the
 * smallest class in which every block fits (Masmano's TLSF, 2004). Not thread-safe.
 */
#ifndef SERVER_POOL_H
#define SERVER_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

enum {
    POOL_BLOCK_MAX = 2 << 20, /* bytes of the largest block */
    POOL_CLASSES = 256,       /* the largest free block, a region's, is in class 239 */
};

struct pool_block;

struct pool {
    struct pool_block *free[POOL_CLASSES];
    uint64_t nonempty[POOL_CLASSES / 64]; /* a bit for each class: it has blocks */
    struct list regions;
    struct list dirty; /* regions in which so much was freed that they may have free pages */
    struct list very_dirty; /* the same, with more */
    size_t used;            /* bytes of blocks, including their headers */
    size_t held;            /* bytes of pages that the process holds */
};

void pool_init(struct pool *pool);

/* Frees all blocks at once. */
void pool_done(struct pool *pool);

/* `size` is 1 to POOL_BLOCK_MAX. NULL if the system has no memory. */
void *pool_alloc(struct pool *pool, size_t size);

/* The same; then `pointer`, which must not be NULL, stays valid. */
void *pool_realloc(struct pool *pool, void *pointer, size_t size);

void pool_free(struct pool *pool, void *pointer);

/* Gives back the free pages of one region in which much has been freed. Returns whether there
 * was one. */
bool pool_trim(struct pool *pool);

/* From now on pool_trim also finds regions in which little has been freed. */
void pool_mark_all(struct pool *pool);

#endif
