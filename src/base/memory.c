#include "base/memory.h"

#include <stdint.h>
#include <string.h>

static const size_t MAX_BYTES = PTRDIFF_MAX; /* no process can have more */

enum { SLICE = 1 << 20 }; /* bytes to give back or to shrink by at once */

void memory_init(struct memory *memory, memory_resize_fn *resize, void *context, size_t limit)
{
    *memory = (struct memory){
        .resize = resize,
        .context = context,
        .account = memory,
        .limit = limit < MAX_BYTES ? limit : MAX_BYTES,
        .refuser = memory};
    freed_init(&memory->freed);
}

void memory_share(struct memory *memory, struct memory *account, size_t limit)
{
    memory_init(memory, account->resize, account->context, limit);
    memory->account = account;
}

/* Whether `size` bytes fit if `others` of those that are charged were not. */
static inline bool fits(const struct memory *memory, size_t size, size_t others)
{
    const struct memory *account = memory->account;
    size_t held = account->used - others + account->excess; /* no process has SIZE_MAX / 2 */

    return size <= memory->limit && held + memory_footprint(size) <= memory->limit;
}

static void *refuse(const struct memory *memory, bool by_system)
{
    memory->account->refuser = memory;
    memory->account->exhausted = by_system;
    return NULL;
}

/* Shrinks a freed block, or frees it if less than a large one would be left. */
static void give_back(struct memory *account, struct freed_block *block, size_t bytes)
{
    size_t size = block->size;
    void *shrunk = NULL;

    if (bytes < size && size - bytes >= MEMORY_LARGE)
        shrunk = account->resize(account->context, block, size, size - bytes);
    account->used -= memory_footprint(size);
    if (shrunk == NULL) {
        account->resize(account->context, block, size, 0);
        return;
    }
    account->used += memory_footprint(size - bytes);
    freed_add_last(&account->freed, shrunk, size - bytes);
}

bool memory_give_back(struct memory *account, size_t bytes)
{
    struct freed *freed = &account->freed;
    size_t target = freed->bytes > bytes ? freed->bytes - bytes : 0;

    while (freed->bytes > target) {
        size_t left = freed->bytes - target;

        give_back(account, freed_take_last(freed), left);
    }
    return freed->bytes > 0;
}

/* Gives back what is not in use. Returns whether there was something. */
static bool reclaim(struct memory *account)
{
    if (account->freed.bytes > 0) {
        memory_give_back(account, SLICE);
        return true;
    }
    return account->excess > 0 && account->trim != NULL && account->trim(account->trim_context);
}

/* The same, after the limit was raised, if it can be. */
static bool fits_or_grows(const struct memory *memory, size_t size, size_t others)
{
    const struct memory *account = memory->account;

    if (fits(memory, size, others))
        return true;
    return account->grow != NULL &&
           account->grow(
               account->grow_context, memory, size, account->used - others + account->excess);
}

/* Raises the limit, or reclaims until it and the system allow what they have just refused. */
static void *resize_slowly(
    struct memory *memory, void *pointer, size_t old_size, size_t old_footprint, size_t size)
{
    struct memory *account = memory->account;
    void *resized = NULL;

    if (!fits(memory, size, old_footprint) && fits_or_grows(memory, size, old_footprint))
        resized = memory->resize(memory->context, pointer, old_size, size);
    while (resized == NULL) {
        size_t unused = old_footprint + account->freed.bytes + account->excess;
        bool fitting = fits_or_grows(memory, size, old_footprint);

        if (!fits_or_grows(memory, size, unused) || !reclaim(account))
            return refuse(memory, fitting);
        if (fits_or_grows(memory, size, old_footprint))
            resized = memory->resize(memory->context, pointer, old_size, size);
    }
    account->used += memory_footprint(size) - old_footprint;
    return resized;
}

/* For a large block: one that was freed before. The process has its pages already, whereas each
 * new one costs a page fault, together more than receiving a value. NULL: no such block. To
 * shrink a block by more than a slice would take long. Inlined, it costs a WAIT with
 * its CANCEL_WAIT eight instructions. */
static __attribute__((noinline)) void *reuse(struct memory *memory, size_t size)
{
    struct freed *freed = &memory->account->freed;
    struct freed_block *block = freed_take_fitting(freed, size, SLICE);
    size_t old_size;
    void *shrunk;

    if (block == NULL)
        return NULL;
    old_size = block->size;
    shrunk = memory_realloc(memory, block, old_size, size);
    if (shrunk == NULL)
        freed_add(freed, block, old_size);
    return shrunk;
}

void *memory_alloc(struct memory *memory, size_t size)
{
    void *pointer = size >= MEMORY_LARGE ? reuse(memory, size) : NULL;

    if (pointer != NULL)
        return pointer;
    if (fits(memory, size, 0))
        pointer = memory->resize(memory->context, NULL, 0, size);
    if (pointer == NULL)
        return resize_slowly(memory, NULL, 0, 0, size);
    memory->account->used += memory_footprint(size);
    return pointer;
}

/* Grows into a large block that was freed before. */
static void *move_to_reused(struct memory *memory, void *pointer, size_t old_size, size_t size)
{
    void *reused = reuse(memory, size);

    if (reused == NULL)
        return NULL;
    memcpy(reused, pointer, old_size);
    memory_free(memory, pointer, old_size);
    return reused;
}

void *memory_realloc(struct memory *memory, void *pointer, size_t old_size, size_t size)
{
    size_t old_footprint = memory_footprint(old_size);
    void *resized = NULL;

    if (size >= MEMORY_LARGE && old_size < MEMORY_LARGE)
        resized = move_to_reused(memory, pointer, old_size, size);
    if (resized != NULL)
        return resized;
    if (fits(memory, size, old_footprint))
        resized = memory->resize(memory->context, pointer, old_size, size);
    if (resized == NULL)
        return resize_slowly(memory, pointer, old_size, old_footprint, size);
    memory->account->used += memory_footprint(size) - old_footprint;
    return resized;
}

void memory_free(struct memory *memory, void *pointer, size_t size)
{
    if (pointer == NULL)
        return;
    if (size >= MEMORY_LARGE) {
        freed_add(&memory->account->freed, pointer, size);
        return;
    }
    memory->account->used -= memory_footprint(size);
    memory->resize(memory->context, pointer, size, 0);
}
