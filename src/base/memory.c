#include "base/memory.h"

#include <stdint.h>

static const size_t MAX_BYTES = PTRDIFF_MAX; /* no process can have more */

void memory_init(struct memory *memory, memory_resize_fn *resize, void *context, size_t limit)
{
    *memory = (struct memory){
        .resize = resize,
        .context = context,
        .account = memory,
        .limit = limit < MAX_BYTES ? limit : MAX_BYTES,
        .refuser = memory};
}

void memory_share(struct memory *memory, struct memory *account, size_t limit)
{
    memory_init(memory, account->resize, account->context, limit);
    memory->account = account;
}

/* Whether `size` bytes fit beside the `others` that are charged. Sums of two numbers up to
 * MAX_BYTES do not wrap around. */
static inline bool fits(const struct memory *memory, size_t size, size_t others)
{
    return size <= memory->limit && others + memory_footprint(size) <= memory->limit;
}

static __attribute__((noinline, cold)) void *refuse(const struct memory *memory, bool by_system)
{
    memory->account->refuser = memory;
    memory->account->exhausted = by_system;
    return NULL;
}

void *memory_alloc(struct memory *memory, size_t size)
{
    struct memory *account = memory->account;
    size_t footprint = memory_footprint(size);
    void *pointer;

    if (!fits(memory, size, account->used))
        return refuse(memory, false);
    pointer = memory->resize(memory->context, NULL, size);
    if (pointer == NULL)
        return refuse(memory, true);
    account->used += footprint;
    return pointer;
}

void *memory_realloc(struct memory *memory, void *pointer, size_t old_size, size_t size)
{
    struct memory *account = memory->account;
    size_t footprint = memory_footprint(size);
    size_t others = account->used - memory_footprint(old_size);
    void *resized;

    if (!fits(memory, size, others))
        return refuse(memory, false);
    resized = memory->resize(memory->context, pointer, size);
    if (resized == NULL)
        return refuse(memory, true);
    account->used = others + footprint;
    return resized;
}

void memory_free(struct memory *memory, void *pointer, size_t size)
{
    if (pointer == NULL)
        return;
    memory->account->used -= memory_footprint(size);
    memory->resize(memory->context, pointer, 0);
}
