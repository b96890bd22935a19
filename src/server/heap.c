/*
 * Happy path: small blocks from a pool, large ones mapped. A mapping gives all of its memory
 * back when it is freed, and grows and shrinks without a copy.
 *
 * Failures: the system has no memory, or a process no further mapping: refused. Unmapping a
 * part needs a mapping more: then the pages are given back and the addresses are lost.
 */
#include "server/heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "server/pages.h"

_Static_assert(
    (int)MEMORY_LARGE <= (int)POOL_BLOCK_MAX, "the pool has all blocks that are not large");

static bool is_mapped(size_t size)
{
    return size >= MEMORY_LARGE;
}

static void unmap(void *block, size_t size)
{
    if (munmap(block, memory_footprint(size)))
        madvise(block, memory_footprint(size), MADV_DONTNEED);
}

static void *remap(void *block, size_t old_size, size_t size)
{
    void *resized =
        mremap(block, memory_footprint(old_size), memory_footprint(size), MREMAP_MAYMOVE);

    return resized == MAP_FAILED ? NULL : resized;
}

/* A sanitizer sees what happens to the blocks of malloc. */
#ifdef HEAP_OF_LIBC

static void *resize_small(struct heap *heap, void *block, size_t old_size, size_t size)
{
    (void)heap;
    (void)old_size;
    if (size > 0)
        return realloc(block, size);
    free(block);
    return NULL;
}

#else

static void *resize_small(struct heap *heap, void *block, size_t old_size, size_t size)
{
    if (old_size == 0)
        return pool_alloc(&heap->pool, size);
    if (size > 0)
        return pool_realloc(&heap->pool, block, size);
    pool_free(&heap->pool, block);
    return NULL;
}

#endif

static void *resize_mapped(void *block, size_t old_size, size_t size)
{
    if (old_size == 0)
        return pages_map(memory_footprint(size));
    if (size > 0)
        return remap(block, old_size, size);
    unmap(block, old_size);
    return NULL;
}

/* From the pool to a mapping, or back. */
static void *move(struct heap *heap, void *block, size_t old_size, size_t size)
{
    void *moved = heap_resize(heap, NULL, 0, size);

    if (moved == NULL)
        return NULL;
    memcpy(moved, block, old_size < size ? old_size : size);
    heap_resize(heap, block, old_size, 0);
    return moved;
}

void *heap_resize(void *context, void *pointer, size_t old_size, size_t size)
{
    struct heap *heap = context;

    if (old_size > 0 && size > 0 && is_mapped(old_size) != is_mapped(size))
        return move(heap, pointer, old_size, size);
    if (is_mapped(old_size) || is_mapped(size))
        return resize_mapped(pointer, old_size, size);
    return resize_small(heap, pointer, old_size, size);
}

void heap_init(struct heap *heap)
{
    pool_init(&heap->pool);
}

void heap_done(struct heap *heap)
{
    pool_done(&heap->pool);
}

size_t heap_excess(const struct heap *heap)
{
    return heap->pool.held - heap->pool.used;
}

void heap_mark_all(struct heap *heap)
{
    pool_mark_all(&heap->pool);
}

bool heap_trim(struct heap *heap)
{
    return pool_trim(&heap->pool);
}
