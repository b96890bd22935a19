/*
 * Happy path: small blocks from malloc, large ones mapped. A mapping gives all of its memory
 * back when it is freed, however long its neighbours live, and grows and shrinks without a
 * copy.
 *
 * Failures: the system has no memory, or a process no further mapping: refused. Unmapping a
 * part needs a mapping more: then the pages are given back and the addresses are lost.
 */
#include "server/heap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

static bool is_mapped(size_t size)
{
    return size >= MEMORY_LARGE;
}

static void *map(size_t size)
{
    const int protection = PROT_READ | PROT_WRITE;
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS;
    /* cppcheck-suppress invalidFunctionArg ; no file */
    void *block = mmap(NULL, memory_footprint(size), protection, flags, -1, 0);

    /* cppcheck-suppress memleak ; it returns the block */
    return block == MAP_FAILED ? NULL : block;
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

static void *allocate(size_t size)
{
    return is_mapped(size) ? map(size) : malloc(size);
}

static void release(void *block, size_t size)
{
    if (is_mapped(size))
        unmap(block, size);
    else
        free(block);
}

/* From malloc to a mapping, or back. */
static void *move(void *block, size_t old_size, size_t size)
{
    void *moved = allocate(size);

    if (moved == NULL)
        return NULL;
    memcpy(moved, block, old_size < size ? old_size : size);
    release(block, old_size);
    return moved;
}

void *heap_resize(void *context, void *pointer, size_t old_size, size_t size)
{
    (void)context;
    if (pointer == NULL)
        return allocate(size);
    if (size == 0) {
        release(pointer, old_size);
        return NULL;
    }
    if (is_mapped(old_size) != is_mapped(size))
        return move(pointer, old_size, size);
    return is_mapped(size) ? remap(pointer, old_size, size) : realloc(pointer, size);
}

void heap_give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
