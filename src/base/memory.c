#include "base/memory.h"

void memory_init(struct memory *memory, memory_resize_fn *resize, void *context, size_t limit)
{
    *memory = (struct memory){.resize = resize, .context = context, .limit = limit};
}

void *memory_alloc(struct memory *memory, size_t size)
{
    size_t footprint = memory_footprint(size);
    void *pointer;

    if (footprint < size || footprint > memory->limit - memory->used)
        return NULL;
    pointer = memory->resize(memory->context, NULL, size);
    if (pointer != NULL)
        memory->used += footprint;
    return pointer;
}

void *memory_realloc(struct memory *memory, void *pointer, size_t old_size, size_t size)
{
    size_t footprint = memory_footprint(size);
    size_t others = memory->used - memory_footprint(old_size);
    void *resized;

    if (footprint < size || footprint > memory->limit - others)
        return NULL;
    resized = memory->resize(memory->context, pointer, size);
    if (resized != NULL)
        memory->used = others + footprint;
    return resized;
}

void memory_free(struct memory *memory, void *pointer, size_t size)
{
    if (pointer == NULL)
        return;
    memory->used -= memory_footprint(size);
    memory->resize(memory->context, pointer, 0);
}
