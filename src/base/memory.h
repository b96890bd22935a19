/*
 * An allocator with a limit, for the rooms without I/O.
 *
 * Callers give the size when they free, so that usage is known to the byte. Above the limit an
 * allocation fails as if the system were out of memory. Several allocators can share an account
 * and have different limits; what is above the lower ones is a reserve. Not thread-safe.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/freed.h"

enum {
    MEMORY_LARGE = 2 << 20, /* bytes; from this size on a block takes whole pages */
    MEMORY_PAGE = 4096,
    MEMORY_HEADER = 8, /* of a smaller block, in the heap */
    MEMORY_UNIT = 16,  /* to which its size with the header is rounded up */
};

/* Like realloc: `pointer` NULL allocates, `size` 0 frees and returns NULL. Otherwise NULL means
 * that memory is refused, and `pointer` stays valid. `old_size` is the block's size, 0 for
 * none. */
typedef void *memory_resize_fn(void *context, void *pointer, size_t old_size, size_t size);

/* Gives back some of the excess, if it can, and sets what is left. Returns whether it could. An
 * allocation that would be refused otherwise calls it until it cannot. */
typedef bool memory_trim_fn(void *context);

struct memory;

/* Raises the limit of `memory`, if it can, so that `size` bytes more may be allocated from it
 * while `held` are held. Returns whether it could. An allocation that would be refused
 * otherwise calls it. */
typedef bool memory_grow_fn(
    void *context, const struct memory *memory, size_t size, size_t held);

struct memory {
    memory_resize_fn *resize;
    void *context;
    struct memory *account; /* counts the bytes: itself, or the one it shares */
    size_t limit;           /* maximum of the account's bytes for allocations from here */

    /* Of an account: */
    size_t used;          /* bytes charged, including the heap's overhead */
    size_t excess;        /* bytes that the process holds beyond them */
    memory_trim_fn *trim; /* NULL: the excess cannot be given back */
    void *trim_context;
    memory_grow_fn *grow; /* NULL: the limits stay as they are */
    void *grow_context;
    struct freed freed;           /* large blocks; they are still charged */
    const struct memory *refuser; /* where it was last refused */
    bool exhausted;               /* and the system, not the limit, has refused it */
};

/* Do not move `memory` afterwards: it points to itself. */
void memory_init(struct memory *memory, memory_resize_fn *resize, void *context, size_t limit);

/* Allocates like `account` and is charged to it, but with another limit on the bytes of the
 * whole account. Each may free what the other has allocated. */
void memory_share(struct memory *memory, struct memory *account, size_t limit);

/* NULL if refused. `size` is not 0. */
void *memory_alloc(struct memory *memory, size_t size);

/* NULL if refused; then `pointer` stays valid. Neither size is 0. */
void *memory_realloc(struct memory *memory, void *pointer, size_t old_size, size_t size);

/* `pointer` NULL is fine. A large block stays with the account until memory_give_back: to give
 * back a gigabyte takes the system tens of milliseconds. */
void memory_free(struct memory *memory, void *pointer, size_t size);

/* Gives back about that many bytes of freed large blocks. Returns whether there are more. An
 * allocation that would be refused otherwise does the same. */
bool memory_give_back(struct memory *account, size_t bytes);

static inline void memory_set_trim(struct memory *account, memory_trim_fn *trim, void *context)
{
    account->trim = trim;
    account->trim_context = context;
}

static inline void memory_set_grow(struct memory *account, memory_grow_fn *grow, void *context)
{
    account->grow = grow;
    account->grow_context = context;
}

/* Counts so many bytes towards the limits beside those that are charged. */
static inline void memory_set_excess(struct memory *account, size_t bytes)
{
    account->excess = bytes;
}

/* Charges bytes that were allocated elsewhere, once: before any other allocation. */
static inline void memory_charge(struct memory *account, size_t bytes)
{
    account->used += bytes;
}

/* What counts towards the limits of an account. */
static inline size_t memory_held(const struct memory *account)
{
    return account->used + account->excess;
}

/* What an allocation of `size` takes from the system. */
static inline size_t memory_footprint(size_t size)
{
    if (size >= MEMORY_LARGE)
        return (size + MEMORY_PAGE - 1) & ~(size_t)(MEMORY_PAGE - 1);
    return (size + MEMORY_HEADER + MEMORY_UNIT - 1) & ~(size_t)(MEMORY_UNIT - 1);
}

#endif
