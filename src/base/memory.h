/*
 * The allocator that the rooms without I/O are given, with a budget.
 *
 * Whoever frees says the size, so that what is in use is known to the byte and
 * can be bounded: past the limit an allocation fails just as when the system has
 * no more. Several can share one account, each with a limit of its own: those with the higher
 * limit have a reserve. Not thread-safe.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Like realloc: `pointer` NULL allocates, `size` 0 frees and returns NULL. Otherwise
 * NULL means refused, and `pointer` is as it was. */
typedef void *memory_resize_fn(void *context, void *pointer, size_t size);

struct memory {
    memory_resize_fn *resize;
    void *context;
    struct memory *account; /* where bytes are counted: itself, or the one that it shares */
    size_t used;    /* of an account: bytes charged, the allocator's own rounding included */
    size_t limit;   /* of this one: an allocation that would take `used` past it is refused */
    bool exhausted; /* of an account: the system, not a limit, was the last to refuse */
};

/* `memory` must not move afterwards: it points to itself. */
void memory_init(struct memory *memory, memory_resize_fn *resize, void *context, size_t limit);

/* Allocates as `account` does and is counted there, but has a limit of its own, in bytes of the
 * whole account. Either may free what the other has allocated. */
void memory_share(struct memory *memory, struct memory *account, size_t limit);

/* NULL if refused. `size` is not 0. */
void *memory_alloc(struct memory *memory, size_t size);

/* NULL if refused, and then `pointer` is as it was. Neither size is 0. */
void *memory_realloc(struct memory *memory, void *pointer, size_t old_size, size_t size);

/* `pointer` NULL is fine. */
void memory_free(struct memory *memory, void *pointer, size_t size);

/* What an allocation of `size` takes from the system: malloc's header and
 * rounding on the 64-bit systems this runs on. */
static inline size_t memory_footprint(size_t size)
{
    return (size + 8 + 15) & ~(size_t)15;
}

#endif
