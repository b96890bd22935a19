#include "sim/allocator.h"

#include <stdlib.h>

#include "sim/allocate.h"

static bool is_refused(struct allocator *allocator)
{
    if (allocator->refuse_in == 0 || --allocator->refuse_in > 0)
        return false;
    allocator->has_refused = true;
    allocator->refused++;
    return true;
}

static void *resize(void *context, void *pointer, size_t size)
{
    struct allocator *allocator = context;

    if (size == 0) {
        allocator->blocks--;
        free(pointer);
        return NULL;
    }
    if (is_refused(allocator))
        return NULL;
    allocator->blocks += pointer == NULL;
    return reallocate(pointer, size);
}

void allocator_init(struct allocator *allocator, struct memory *memory)
{
    *allocator = (struct allocator){0};
    memory_init(memory, resize, allocator, SIZE_MAX);
}

void allocator_refuse(struct allocator *allocator, uint32_t nth)
{
    allocator->refuse_in = nth;
    allocator->has_refused = false;
}
