/* The heap for small blocks: what it hands out does not overlap, and what it holds is known. */
#include "server/pool.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/container.h"
#include "server/region.h"
#include "support/test.h"

enum {
    KI = 1024,
    MI = KI * KI,
    SLOTS = 2000,
    STEPS = 100000,
};

struct slot {
    uint8_t *block;
    size_t size;
    uint8_t filling;
};

static struct pool pool;
static struct slot slots[SLOTS];
static uint64_t seed;

static int set_up(void **state)
{
    (void)state;
    pool_init(&pool);
    memset(slots, 0, sizeof(slots));
    seed = 1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pool_done(&pool);
    return 0;
}

static size_t random_below(size_t bound)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (size_t)(seed >> 33) % bound;
}

static void *allocate(size_t size)
{
    uint8_t *block = pool_alloc(&pool, size);

    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 16, 0);
    memset(block, 'x', size);
    return block;
}

/* Bytes of the pages that the process holds, by the kernel's count. */
static size_t resident(void)
{
    static unsigned char pages[REGION_PAGES];
    size_t count = 0;

    for (struct list *link = pool.regions.next; link != &pool.regions; link = link->next) {
        struct region *region = CONTAINER_OF(link, struct region, link);

        assert_int_equal(mincore(region, REGION_SIZE, pages), 0);
        for (size_t i = 0; i < REGION_PAGES; i++)
            count += pages[i] & 1;
    }
    return count * REGION_PAGE;
}

static void fill(struct slot *slot)
{
    slot->filling = (uint8_t)random_below(256);
    memset(slot->block, slot->filling, slot->size);
}

static void check(const struct slot *slot, size_t size)
{
    size_t same = 0;

    while (same < size && slot->block[same] == slot->filling)
        same++;
    assert_int_equal(same, size);
}

/* Mostly small ones. */
static size_t random_size(void)
{
    static const size_t bounds[] = {64, 64, 1000, 1000, 1000, 10000, 10000, 100000};
    size_t bound = bounds[random_below(sizeof(bounds) / sizeof(bounds[0]))];

    return 1 + random_below(random_below(500) == 0 ? POOL_BLOCK_MAX : bound);
}

static void change(struct slot *slot)
{
    size_t size = random_size();

    if (slot->block == NULL) {
        slot->block = pool_alloc(&pool, size);
    } else if (random_below(3) > 0) {
        check(slot, slot->size);
        pool_free(&pool, slot->block);
        slot->block = NULL;
        return;
    } else {
        slot->block = pool_realloc(&pool, slot->block, size);
        check(slot, size < slot->size ? size : slot->size);
    }
    assert_non_null(slot->block);
    slot->size = size;
    fill(slot);
}

static size_t sum_of_sizes(void)
{
    size_t sum = 0;

    for (size_t i = 0; i < SLOTS; i++)
        sum += slots[i].block == NULL ? 0 : slots[i].size;
    return sum;
}

static void trim_all(void)
{
    pool_mark_all(&pool);
    while (pool_trim(&pool))
        ;
}

static void blocks_keep_their_bytes_through_random_operations(void **state)
{
    (void)state;
    for (int step = 0; step < STEPS; step++) {
        change(&slots[random_below(step % 20000 < 10000 ? SLOTS : SLOTS / 20)]);
        if (step % 1000 == 0) {
            assert_true(pool.used >= sum_of_sizes());
            assert_true(pool.held >= pool.used);
            assert_true(resident() <= pool.held);
        }
        if (step % 77 == 0)
            pool_trim(&pool);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].block != NULL) {
            check(&slots[i], slots[i].size);
            pool_free(&pool, slots[i].block);
        }
    }
    assert_int_equal(pool.used, 0);
    trim_all();
    assert_int_equal(pool.held, 0);
    assert_true(list_is_empty(&pool.regions));
}

static void a_block_takes_its_size_and_a_header_rounded_to_16_bytes(void **state)
{
    (void)state;
    allocate(100);
    assert_int_equal(pool.used, 112);
    allocate(104);
    assert_int_equal(pool.used, 224);
    allocate(1);
    assert_int_equal(pool.used, 256);
}

static void a_freed_block_is_used_again(void **state)
{
    void *first = allocate(1000);
    void *block = allocate(5000);

    (void)state;
    allocate(1000);
    pool_free(&pool, block);
    assert_ptr_equal(allocate(5000), block);
    pool_free(&pool, first);
    assert_ptr_equal(allocate(990), first);
}

static void freed_neighbours_are_joined(void **state)
{
    void *blocks[4];

    (void)state;
    for (size_t i = 0; i < 4; i++)
        blocks[i] = allocate(1000);
    allocate(1);
    for (size_t i = 0; i < 4; i += 3)
        pool_free(&pool, blocks[i]);
    for (size_t i = 1; i < 3; i++)
        pool_free(&pool, blocks[i]);
    assert_ptr_equal(allocate(4000), blocks[0]);
}

static void a_block_grows_in_place_if_the_next_one_is_free(void **state)
{
    void *block = allocate(1000);
    void *next = allocate(5000);

    (void)state;
    allocate(1);
    pool_free(&pool, next);
    assert_ptr_equal(pool_realloc(&pool, block, 4000), block);
    assert_ptr_equal(pool_realloc(&pool, block, 6000), block);
    assert_ptr_not_equal(pool_realloc(&pool, block, 60000), block);
}

static void the_end_of_a_block_that_shrinks_is_used_again(void **state)
{
    uint8_t *block = allocate(10000);

    (void)state;
    allocate(1);
    assert_ptr_equal(pool_realloc(&pool, block, 1000), block);
    assert_in_range((uint8_t *)allocate(8000) - block, 1000, 2000);
}

/* Allocates blocks and frees all but every `kept_of`th. */
static void fragment(size_t size, size_t kept_of, size_t total)
{
    size_t count = total / size;
    void **blocks = malloc(count * sizeof(*blocks));

    assert_non_null(blocks);
    for (size_t i = 0; i < count; i++)
        blocks[i] = allocate(size);
    for (size_t i = 0; i < count; i++) {
        if (i % kept_of != 0)
            pool_free(&pool, blocks[i]);
    }
    free(blocks);
}

static void freeing_gives_nothing_back(void **state)
{
    size_t held;

    (void)state;
    fragment(20000, 10, (size_t)16 * MI);
    held = pool.held;
    assert_true(held > (size_t)16 * MI);
    assert_true(resident() > (size_t)15 * MI);
    pool_free(&pool, allocate(20000));
    assert_int_equal(pool.held, held);
}

static void trimming_gives_free_pages_back_a_region_at_a_time(void **state)
{
    enum { SIZE = 50000, REGIONS = 8 };

    (void)state;
    fragment(SIZE, 40, REGIONS * (REGION_SIZE - SIZE));
    for (size_t i = 0; i < REGIONS; i++) {
        size_t before = pool.held;

        assert_true(pool_trim(&pool));
        assert_in_range(before - pool.held, REGION_SIZE / 2, REGION_SIZE);
    }
    assert_false(pool_trim(&pool));
    assert_true(pool.held <= pool.used + MI);
    assert_true(resident() <= pool.held);
    allocate(POOL_BLOCK_MAX);
}

static void a_region_in_which_little_was_freed_is_trimmed_only_with_all(void **state)
{
    enum { SIZE = 100000 };
    void *block = allocate(SIZE);

    (void)state;
    allocate(1);
    pool_free(&pool, block);
    assert_false(pool_trim(&pool));
    assert_true(pool.held > SIZE);
    trim_all();
    assert_true(pool.held < SIZE / 2);
}

static void regions_without_blocks_are_unmapped(void **state)
{
    (void)state;
    fragment(50000, SIZE_MAX, (size_t)64 * MI); /* keeps the first block */
    trim_all();
    assert_ptr_equal(pool.regions.next->next, &pool.regions);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(blocks_keep_their_bytes_through_random_operations),
        TEST(a_block_takes_its_size_and_a_header_rounded_to_16_bytes),
        TEST(a_freed_block_is_used_again),
        TEST(freed_neighbours_are_joined),
        TEST(a_block_grows_in_place_if_the_next_one_is_free),
        TEST(the_end_of_a_block_that_shrinks_is_used_again),
        TEST(freeing_gives_nothing_back),
        TEST(trimming_gives_free_pages_back_a_region_at_a_time),
        TEST(a_region_in_which_little_was_freed_is_trimmed_only_with_all),
        TEST(regions_without_blocks_are_unmapped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
