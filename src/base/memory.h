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

/* Like realloc: `pointer` NULL allocates, `size` 0 frees and returns NULL. Otherwise NULL means
 * that memory is refused, and `pointer` stays valid. */
typedef void *memory_resize_fn(void *context, void *pointer, size_t size);

struct memory {
    memory_resize_fn *resize;
    void *context;
    struct memory *account; /* counts the bytes: itself, or the one it shares */
    size_t used;            /* of an account: bytes charged, including malloc's overhead */
    size_t limit;           /* maximum of the account's `used` for allocations from here */
    const struct memory *refuser; /* of an account: where it was last refused */
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

/* `pointer` NULL is fine. */
void memory_free(struct memory *memory, void *pointer, size_t size);

/* What an allocation of `size` takes from the system, with malloc's header and rounding on
 * 64-bit systems. */
static inline size_t memory_footprint(size_t size)
{
    return (size + 8 + 15) & ~(size_t)15;
}

#endif
