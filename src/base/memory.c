#include "base/memory.h"

#include <stdint.h>
#include <string.h>

static const size_t MAX_BYTES = PTRDIFF_MAX; /* no process can have more */

enum {
    SLICE = 1 << 20, /* bytes to give back or to shrink by at once */
    SEARCHED = 8,    /* freed blocks that are looked at for one that fits */
};

/* In a block that is freed but not given back. */
struct freed_block {
    struct freed_block *next;
    size_t size;
};

void memory_init(struct memory *memory, memory_resize_fn *resize, void *context, size_t limit)
{
    *memory = (struct memory){
        .resize = resize,
        .context = context,
        .account = memory,
        .limit = limit < MAX_BYTES ? limit : MAX_BYTES,
        .freed_end = &memory->freed,
        .refuser = memory};
}

void memory_share(struct memory *memory, struct memory *account, size_t limit)
{
    memory_init(memory, account->resize, account->context, limit);
    memory->account = account;
}

/* Whether `size` bytes fit if `others` of those that are charged were not. Sums of two numbers
 * up to MAX_BYTES do not wrap around. */
static inline bool fits(const struct memory *memory, size_t size, size_t others)
{
    return size <= memory->limit &&
           memory->account->used - others + memory_footprint(size) <= memory->limit;
}

static __attribute__((noinline, cold)) void *refuse(const struct memory *memory, bool by_system)
{
    memory->account->refuser = memory;
    memory->account->exhausted = by_system;
    return NULL;
}

/* Adds a block at `link` in the list. */
static void add_freed(
    struct memory *account, struct freed_block **link, void *pointer, size_t size)
{
    struct freed_block *block = pointer;

    *block = (struct freed_block){.next = *link, .size = size};
    *link = block;
    if (block->next == NULL)
        account->freed_end = &block->next;
    account->freed_bytes += memory_footprint(size);
}

static struct freed_block *take_freed(struct memory *account, struct freed_block **link)
{
    struct freed_block *block = *link;

    *link = block->next;
    if (block->next == NULL)
        account->freed_end = link;
    account->freed_bytes -= memory_footprint(block->size);
    return block;
}

/* Shrinks the block, or frees it if less than a large one would be left. Returns the bytes by
 * which it shrinks. */
static size_t give_back_block(struct memory *account, size_t bytes)
{
    struct freed_block *block = take_freed(account, &account->freed);
    size_t size = block->size;
    size_t left = 0;

    if (bytes < size && size - bytes >= MEMORY_LARGE) {
        void *shrunk = account->resize(account->context, block, size, size - bytes);

        if (shrunk != NULL) {
            left = size - bytes;
            add_freed(account, &account->freed, shrunk, left);
        }
    }
    if (left == 0)
        account->resize(account->context, block, size, 0);
    bytes = memory_footprint(size) - (left == 0 ? 0 : memory_footprint(left));
    account->used -= bytes;
    return bytes;
}

bool memory_give_back(struct memory *account, size_t bytes)
{
    size_t given = 0;

    while (account->freed != NULL && given < bytes)
        given += give_back_block(account, bytes - given);
    return account->freed != NULL;
}

/* Gives freed blocks back until the limit and the system allow what they have just refused. */
static __attribute__((noinline, cold)) void *resize_slowly(
    struct memory *memory, void *pointer, size_t old_size, size_t old_footprint, size_t size)
{
    struct memory *account = memory->account;
    void *resized = NULL;

    while (resized == NULL) {
        if (!fits(memory, size, old_footprint + account->freed_bytes))
            return refuse(memory, false);
        if (account->freed == NULL)
            return refuse(memory, true);
        memory_give_back(account, SLICE);
        if (fits(memory, size, old_footprint))
            resized = memory->resize(memory->context, pointer, old_size, size);
    }
    account->used += memory_footprint(size) - old_footprint;
    return resized;
}

/* A freed block that is large enough. Shrinking one with a slice to spare would take long. */
static struct freed_block *take_fitting(struct memory *account, size_t size)
{
    struct freed_block **link = &account->freed;

    for (int i = 0; i < SEARCHED && *link != NULL; i++) {
        struct freed_block *block = *link;

        if (block->size >= size && block->size <= size + SLICE)
            return take_freed(account, link);
        link = &block->next;
    }
    return NULL;
}

/* For a large block: one that was freed before. The process has its pages already, whereas each
 * new one costs a page fault, together more than receiving a value. NULL: no such block. */
static __attribute__((noinline)) void *reuse(struct memory *memory, size_t size)
{
    struct memory *account = memory->account;
    struct freed_block *block = take_fitting(account, size);
    size_t old_size;
    void *shrunk;

    if (block == NULL)
        return NULL;
    old_size = block->size;
    shrunk = memory_realloc(memory, block, old_size, size);
    if (shrunk == NULL)
        add_freed(account, account->freed_end, block, old_size);
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
        add_freed(memory->account, memory->account->freed_end, pointer, size);
        return;
    }
    memory->account->used -= memory_footprint(size);
    memory->resize(memory->context, pointer, size, 0);
}
