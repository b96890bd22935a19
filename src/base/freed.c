#include "base/freed.h"

#include "base/container.h"

enum { SEARCHED = 8 /* blocks that a search looks at */ };

void freed_init(struct freed *freed)
{
    list_init(&freed->blocks);
    freed->bytes = 0;
}

static void add_before(struct freed *freed, struct list *link, void *memory, size_t size)
{
    struct freed_block *block = memory;

    block->size = size;
    list_append(link, &block->link);
    freed->bytes += size;
}

void freed_add(struct freed *freed, void *block, size_t size)
{
    add_before(freed, freed->blocks.next, block, size);
}

void freed_add_last(struct freed *freed, void *block, size_t size)
{
    add_before(freed, &freed->blocks, block, size);
}

static struct freed_block *take(struct freed *freed, struct list *link)
{
    struct freed_block *block = CONTAINER_OF(link, struct freed_block, link);

    list_remove(link);
    freed->bytes -= block->size;
    return block;
}

struct freed_block *freed_take_last(struct freed *freed)
{
    return list_is_empty(&freed->blocks) ? NULL : take(freed, freed->blocks.prev);
}

struct freed_block *freed_take_fitting(struct freed *freed, size_t size, size_t more)
{
    struct list *link = freed->blocks.next;

    for (int i = 0; i < SEARCHED && link != &freed->blocks; i++, link = link->next) {
        const struct freed_block *block = CONTAINER_OF(link, struct freed_block, link);

        if (block->size >= size && block->size - size <= more)
            return take(freed, link);
    }
    return NULL;
}
