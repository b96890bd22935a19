#include "fuzz/arena.h"

#include <stdalign.h>

#include "fuzz/target.h"

enum {
    ALIGNMENT = 16,
    GAP = 16, /* minimum of hidden bytes between blocks */
    ARENA_SIZE = 8 << 20,
};

/* In front of each block. */
struct header {
    size_t size;
    uint8_t gap[GAP - sizeof(size_t)];
};

static alignas(ALIGNMENT) uint8_t bytes[ARENA_SIZE];

static struct header *header_of(void *block)
{
    return (struct header *)block - 1;
}

static size_t size_of(void *block)
{
    struct header *header = header_of(block);
    size_t size;

    show(span_of(header, sizeof(*header)));
    size = header->size;
    hide(span_of(header, sizeof(*header)));
    return size;
}

static void release(struct arena *arena, void *block)
{
    hide(span_of(block, size_of(block)));
    arena->blocks--;
}

static void *allocate(struct arena *arena, size_t size)
{
    size_t taken = (sizeof(struct header) + size + GAP + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct header *header;

    if (++arena->requests == arena->refused_at || taken > ARENA_SIZE - arena->used)
        return NULL;
    header = (struct header *)(bytes + arena->used);
    show(span_of(header, sizeof(*header) + size));
    header->size = size;
    hide(span_of(header, sizeof(*header)));
    arena->used += taken;
    arena->blocks++;
    return header + 1;
}

/* Always moves the block, so that a use of the old pointer is found. */
static void *resize(void *context, void *pointer, size_t old_size, size_t size)
{
    struct arena *arena = context;
    void *block = size > 0 ? allocate(arena, size) : NULL;

    if (pointer == NULL || (size > 0 && block == NULL))
        return block;
    MUST(size_of(pointer) == old_size);
    if (block != NULL)
        memcpy(block, pointer, old_size < size ? old_size : size);
    release(arena, pointer);
    return block;
}

void arena_init(struct arena *arena, struct memory *memory, size_t refused_at)
{
    static bool hidden;

    if (!hidden)
        hide(span_of(bytes, ARENA_SIZE));
    hidden = true;
    *arena = (struct arena){.refused_at = refused_at};
    memory_init(memory, resize, arena, ARENA_MEMORY_LIMIT);
}
