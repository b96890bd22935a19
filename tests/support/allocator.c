#include "support/allocator.h"

#include <stdint.h>

#include <stdalign.h>
#include <stdlib.h>

#include "support/test.h"

enum { PATTERN = 0xa5 };

/* The size before each block, to check the sizes that callers give. */
struct header {
    alignas(max_align_t) size_t size;
};

static bool is_refused(struct allocator *allocator)
{
    size_t number = ++allocator->requests;
    bool refused = allocator->refuse_first > 0 && number >= allocator->refuse_first &&
                   number - allocator->refuse_first < allocator->refuse_count;

    allocator->refused += refused;
    return refused;
}

static void release(struct allocator *allocator, struct header *header)
{
    if (header == NULL)
        return;
    allocator->blocks--;
    allocator->bytes -= memory_footprint(header->size);
    free(header);
}

/* Always moves the block, so that the use of an old pointer is noticed. */
static void *resize(void *context, void *pointer, size_t old_size, size_t size)
{
    struct allocator *allocator = context;
    struct header *old = pointer == NULL ? NULL : (struct header *)pointer - 1;
    struct header *header;

    assert_int_equal(old == NULL ? 0 : old->size, old_size);
    if (size == 0) {
        release(allocator, old);
        return NULL;
    }
    if (size > PTRDIFF_MAX / 2 || is_refused(allocator))
        return NULL;
    header = malloc(sizeof(*header) + size);
    assert_non_null(header);
    header->size = size;
    memset(header + 1, PATTERN, size);
    if (old != NULL)
        memcpy(header + 1, old + 1, old->size < size ? old->size : size);
    release(allocator, old);
    allocator->blocks++;
    allocator->bytes += memory_footprint(size);
    return header + 1;
}

void allocator_init(struct allocator *allocator, struct memory *memory)
{
    *allocator = (struct allocator){0};
    memory_init(memory, resize, allocator, SIZE_MAX);
}

void allocator_refuse(struct allocator *allocator, size_t nth)
{
    allocator->refuse_first = allocator->requests + nth;
    allocator->refuse_count = 1;
}

void allocator_refuse_all(struct allocator *allocator)
{
    allocator->refuse_first = 1;
    allocator->refuse_count = SIZE_MAX;
}

void allocator_refuse_none(struct allocator *allocator)
{
    allocator->refuse_first = 0;
}

bool allocator_has_refused(const struct allocator *allocator)
{
    return allocator->refuse_first > 0 && allocator->requests >= allocator->refuse_first;
}

void allocator_check(const struct allocator *allocator, const struct memory *memory)
{
    assert_int_equal(memory->used, allocator->bytes);
}

void allocator_check_empty(const struct allocator *allocator, struct memory *memory)
{
    memory_give_back(memory, SIZE_MAX);
    assert_int_equal(allocator->blocks, 0);
    assert_int_equal(memory->used, 0);
}
