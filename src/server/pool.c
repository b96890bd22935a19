#include "server/pool.h"

#include <assert.h>
#include <string.h>

#include "base/container.h"
#include "server/region.h"

enum {
    UNIT = 16,
    UNITS_PER_CLASS_LOG = 4, /* a power of two has 2^4 classes */
    HEADER = sizeof(size_t),
    IS_FREE = 1,
    FOLLOWS_FREE = 2, /* the block before is free */
    FLAGS = UNIT - 1,
    PROBES = 4,        /* blocks of the size's own class that are tried; some are too small */
    DIRTY = 128 << 10, /* bytes freed in a region that make it worth a look for free pages */
    VERY_DIRTY = 1 << 20,
    GAPS_MIN = 64 << 10, /* with fewer bytes of gaps, a region is not worth a look */
};

/* The header, and the links of a free block. A free block has its size in its last word, too,
 * where its neighbour finds it. A region ends with a header of size 0. */
struct pool_block {
    size_t size; /* bytes including the header, a multiple of UNIT, and flags */
    struct pool_block *next;
    struct pool_block *prev;
};

static const size_t BLOCK_MIN = sizeof(struct pool_block) + sizeof(size_t);

/* Headers lie before addresses that are multiples of UNIT. */
static const size_t FIRST_BLOCK =
    (sizeof(struct region) + UNIT - 1) / UNIT * UNIT + UNIT - HEADER;

static struct pool_block *first_block(const struct region *region)
{
    return (struct pool_block *)(void *)((char *)region + FIRST_BLOCK);
}

static size_t size_of(const struct pool_block *block)
{
    return block->size & ~(size_t)FLAGS;
}

static struct pool_block *after(const struct pool_block *block)
{
    return (struct pool_block *)((char *)block + size_of(block));
}

static size_t *last_word(const struct pool_block *block)
{
    return (size_t *)(void *)after(block) - 1;
}

static struct pool_block *before(const struct pool_block *block)
{
    return (struct pool_block *)((char *)block - *((const size_t *)(const void *)block - 1));
}

static struct pool_block *block_of(const void *pointer)
{
    return (struct pool_block *)((char *)pointer - HEADER);
}

static void *pointer_to(struct pool_block *block)
{
    return (char *)block + HEADER;
}

/* The class of a free block of that size. Below 2^5 units each size has its own. */
static size_t class_of(size_t size)
{
    size_t units = size / UNIT;
    size_t log = 63 - (size_t)__builtin_clzll(units);

    if (log <= UNITS_PER_CLASS_LOG)
        return units;
    return ((log - UNITS_PER_CLASS_LOG) << UNITS_PER_CLASS_LOG) +
           (units >> (log - UNITS_PER_CLASS_LOG));
}

static void add_free(struct pool *pool, struct pool_block *block)
{
    size_t class = class_of(size_of(block));
    struct pool_block *next = pool->free[class];

    block->next = next;
    block->prev = NULL;
    if (next != NULL)
        next->prev = block;
    pool->free[class] = block;
    pool->nonempty[class / 64] |= (uint64_t)1 << class % 64;
}

static void take_free(struct pool *pool, struct pool_block *block)
{
    size_t class = class_of(size_of(block));

    if (block->next != NULL)
        block->next->prev = block->prev;
    if (block->prev != NULL)
        block->prev->next = block->next;
    else
        pool->free[class] = block->next;
    if (pool->free[class] == NULL)
        pool->nonempty[class / 64] &= ~((uint64_t)1 << class % 64);
}

/* A block of the smallest class above, in which each is large enough. */
static struct pool_block *find_above(const struct pool *pool, size_t class)
{
    size_t word = (class + 1) / 64;
    uint64_t above = ~(uint64_t)0 << (class + 1) % 64;

    for (; word < POOL_CLASSES / 64; word++) {
        uint64_t found = pool->nonempty[word] & above;

        if (found != 0)
            return pool->free[word * 64 + (size_t)__builtin_ctzll(found)];
        above = ~(uint64_t)0;
    }
    return NULL;
}

static struct pool_block *find(const struct pool *pool, size_t size)
{
    size_t class = class_of(size);
    struct pool_block *block = pool->free[class];

    for (int i = 0; i < PROBES && block != NULL; i++) {
        if (size_of(block) >= size)
            return block;
        block = block->next;
    }
    return find_above(pool, class);
}

/* Makes the bytes from `block` on a free block. */
static void make_free(struct pool *pool, struct pool_block *block, size_t size)
{
    pool->held += region_touch(block, block + 1);
    block->size = size | IS_FREE;
    *last_word(block) = size;
    after(block)->size |= FOLLOWS_FREE;
    add_free(pool, block);
}

static struct pool_block *add_region(struct pool *pool)
{
    struct region *region = region_new();
    struct pool_block *block, *end;

    if (region == NULL)
        return NULL;
    list_append(&pool->regions, &region->link);
    pool->held += region->held;
    block = first_block(region);
    end = (struct pool_block *)(void *)((char *)region + REGION_SIZE - HEADER);
    pool->held += region_touch((size_t *)(void *)end - 1, (size_t *)(void *)end + 1);
    end->size = 0;
    make_free(pool, block, (size_t)((char *)end - (char *)block));
    return block;
}

static bool is_empty(const struct region *region)
{
    const struct pool_block *first = first_block(region);

    return first->size & IS_FREE && after(first)->size == FOLLOWS_FREE;
}

static void remove_region(struct pool *pool, struct region *region)
{
    take_free(pool, first_block(region));
    list_remove(&region->link);
    if (list_is_linked(&region->dirty))
        list_remove(&region->dirty);
    pool->held -= region->held;
    region_free(region);
}

/* `change` may be the negative of a size. */
static void count_used(struct pool *pool, const struct pool_block *block, size_t change)
{
    pool->used += change;
    region_of(block)->used += change;
}

/* Uses the first `size` bytes of a block that is not in a list. */
static void use(struct pool *pool, struct pool_block *block, size_t size)
{
    size_t left = size_of(block) - size;
    size_t flags = block->size & FOLLOWS_FREE;

    if (left < BLOCK_MIN) {
        size += left;
        left = 0;
        after(block)->size &= ~(size_t)FOLLOWS_FREE;
    }
    count_used(pool, block, size);
    pool->held += region_touch(block, (char *)block + size);
    block->size = size | flags;
    if (left > 0)
        make_free(pool, after(block), left);
}

/* The size of a block for that many bytes. */
static size_t size_for(size_t bytes)
{
    size_t size = (bytes + HEADER + UNIT - 1) & ~(size_t)(UNIT - 1);

    return size < BLOCK_MIN ? BLOCK_MIN : size;
}

/* Joins a block that is not used any more with its free neighbours. */
static void join(struct pool *pool, struct pool_block *block)
{
    struct pool_block *next = after(block);
    size_t size = size_of(block);

    if (next->size & IS_FREE) {
        take_free(pool, next);
        size += size_of(next);
    }
    if (block->size & FOLLOWS_FREE) {
        block = before(block);
        take_free(pool, block);
        size += size_of(block);
    }
    make_free(pool, block, size);
}

static void move_to(struct list *list, struct region *region)
{
    if (list_is_linked(&region->dirty))
        list_remove(&region->dirty);
    list_append(list, &region->dirty);
}

static void count_freed(struct pool *pool, struct region *region, size_t size)
{
    size_t freed_before = region->freed;

    region->freed += size;
    if (freed_before < VERY_DIRTY && region->freed >= VERY_DIRTY)
        move_to(&pool->very_dirty, region);
    else if (freed_before < DIRTY && region->freed >= DIRTY)
        move_to(&pool->dirty, region);
}

static void release(struct pool *pool, struct pool_block *block)
{
    count_used(pool, block, -size_of(block));
    count_freed(pool, region_of(block), size_of(block));
    join(pool, block);
}

void pool_init(struct pool *pool)
{
    *pool = (struct pool){.used = 0};
    list_init(&pool->regions);
    list_init(&pool->dirty);
    list_init(&pool->very_dirty);
}

void pool_done(struct pool *pool)
{
    while (!list_is_empty(&pool->regions)) {
        struct region *region = CONTAINER_OF(pool->regions.next, struct region, link);

        list_remove(&region->link);
        region_free(region);
    }
}

void *pool_alloc(struct pool *pool, size_t bytes)
{
    size_t size = size_for(bytes);
    struct pool_block *block = find(pool, size);

    assert(bytes <= POOL_BLOCK_MAX);
    if (block == NULL)
        block = add_region(pool);
    if (block == NULL)
        return NULL;
    take_free(pool, block);
    use(pool, block, size);
    return pointer_to(block);
}

void pool_free(struct pool *pool, void *pointer)
{
    release(pool, block_of(pointer));
}

static void shrink(struct pool *pool, struct pool_block *block, size_t size)
{
    size_t left = size_of(block) - size;

    if (left < BLOCK_MIN)
        return;
    block->size -= left;
    after(block)->size = left;
    release(pool, after(block));
}

/* Returns whether the block after it is free and large enough. */
static bool grow(struct pool *pool, struct pool_block *block, size_t size)
{
    struct pool_block *next = after(block);

    if (!(next->size & IS_FREE) || size_of(block) + size_of(next) < size)
        return false;
    take_free(pool, next);
    count_used(pool, block, -size_of(block));
    block->size += size_of(next);
    use(pool, block, size);
    return true;
}

void *pool_realloc(struct pool *pool, void *pointer, size_t bytes)
{
    struct pool_block *block = block_of(pointer);
    size_t old_size = size_of(block);
    size_t size = size_for(bytes);
    void *moved;

    if (size <= old_size) {
        shrink(pool, block, size);
        return pointer;
    }
    if (grow(pool, block, size))
        return pointer;
    moved = pool_alloc(pool, bytes);
    if (moved == NULL)
        return NULL;
    memcpy(moved, pointer, old_size - HEADER);
    release(pool, block);
    return moved;
}

/* Gives back the whole pages of a free block except for those with its links and its last
 * word. */
static void discard(struct pool *pool, const struct pool_block *block)
{
    pool->held -= region_discard(block + 1, last_word(block));
}

static void trim(struct pool *pool, struct region *region)
{
    struct pool_block *block;

    region->freed = 0;
    if (is_empty(region)) {
        remove_region(pool, region);
        return;
    }
    for (block = first_block(region); size_of(block) > 0; block = after(block)) {
        if (block->size & IS_FREE && size_of(block) > REGION_PAGE)
            discard(pool, block);
    }
}

/* NULL: none. */
static struct region *take_dirty(struct list *list)
{
    while (!list_is_empty(list)) {
        struct region *region = CONTAINER_OF(list->next, struct region, dirty);

        list_remove(&region->dirty);
        if (region->held - region->used >= GAPS_MIN || is_empty(region))
            return region;
        region->freed = 0;
    }
    return NULL;
}

bool pool_trim(struct pool *pool)
{
    struct region *region = take_dirty(&pool->very_dirty);

    if (region == NULL)
        region = take_dirty(&pool->dirty);
    if (region != NULL)
        trim(pool, region);
    return region != NULL;
}

void pool_mark_all(struct pool *pool)
{
    for (struct list *link = pool->regions.next; link != &pool->regions; link = link->next) {
        move_to(&pool->dirty, CONTAINER_OF(link, struct region, link));
    }
}
