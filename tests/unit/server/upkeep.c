/* Freed memory goes back to the system slice by slice, as the loop runs. */
#include "server/upkeep.h"

#include <stdint.h>

#include "server/region.h"
#include "support/test.h"

enum {
    MI = 1 << 20,
    MEMORY = 64 * MI,
    LARGE = 192 * MI,
    LARGE_KEPT = 64 * MI,
    LARGE_SLICE_MAX = 4 * MI,
    SMALL = 20000,
    SMALL_COUNT = 48 * MI / SMALL,
    SMALL_SLICE_MAX = 4 * MI,
    TRIMS_MAX = 2, /* by allocations in one iteration */
};

struct fixture {
    uv_loop_t loop;
    struct budget budget;
    struct memories memories;
    struct upkeep upkeep;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    if (uv_loop_init(&fixture.loop))
        return -1;
    memories_init_budget(&fixture.budget, &(struct tcpstore_limits){.memory_bytes = MEMORY});
    memories_init(&fixture.memories, &fixture.budget, MEMORY, 0);
    upkeep_init(&fixture.upkeep, &fixture.loop, &fixture.memories);
    upkeep_set_busy(&fixture.upkeep, true);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    upkeep_close(&f->upkeep);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    memories_done(&f->memories);
    assert_int_equal(f->memories.stored.used, 0);
    return uv_loop_close(&f->loop);
}

static void free_large(struct fixture *f)
{
    struct memory *memory = &f->memories.stored;
    void *block;

    memory->limit = SIZE_MAX / 4;
    block = memory_alloc(memory, LARGE);
    assert_non_null(block);
    memory_free(memory, block, LARGE);
}

/* All but every 20th of many small blocks. A sanitizer build takes small blocks from malloc, so
 * this calls the pool. */
static void free_small(struct fixture *f)
{
    static void *blocks[SMALL_COUNT];
    struct pool *pool = &f->memories.heap.pool;

    for (size_t i = 0; i < SMALL_COUNT; i++) {
        blocks[i] = pool_alloc(pool, SMALL);
        assert_non_null(blocks[i]);
    }
    for (size_t i = 0; i < SMALL_COUNT; i++) {
        if (i % 20 > 0)
            pool_free(pool, blocks[i]);
    }
}

/* Runs the loop while upkeep has more to do. */
static void run(struct fixture *f)
{
    do {
        size_t used = f->memories.stored.used;
        size_t excess = heap_excess(&f->memories.heap);

        uv_run(&f->loop, UV_RUN_NOWAIT);
        assert_true(used - f->memories.stored.used <= LARGE_SLICE_MAX);
        assert_true(excess - heap_excess(&f->memories.heap) <= SMALL_SLICE_MAX);
    } while (uv_is_active((uv_handle_t *)&f->upkeep.spin));
}

static void freed_large_blocks_beyond_a_stock_are_given_back_in_slices(void **state)
{
    struct fixture *f = *state;

    free_large(f);
    run(f);
    assert_in_range(f->memories.stored.used, LARGE_KEPT - LARGE_SLICE_MAX, LARGE_KEPT);
}

static void free_pages_beyond_a_stock_are_given_back_in_slices(void **state)
{
    struct fixture *f = *state;
    size_t kept = memories_allowed_gaps(&f->memories) / 2;

    free_small(f);
    assert_true(heap_excess(&f->memories.heap) > (size_t)SMALL_SLICE_MAX * 2 + kept);
    run(f);
    assert_in_range(heap_excess(&f->memories.heap), kept - SMALL_SLICE_MAX, kept);
}

static void without_clients_all_freed_memory_is_given_back(void **state)
{
    struct fixture *f = *state;

    free_large(f);
    free_small(f);
    run(f);
    upkeep_set_busy(&f->upkeep, false);
    run(f);
    assert_int_equal(f->memories.stored.used, 0);
    assert_true(heap_excess(&f->memories.heap) < (size_t)2 * MI);
}

static void gaps_beyond_those_allowed_are_charged_until_they_are_given_back(void **state)
{
    struct fixture *f = *state;
    size_t gaps, size;
    void *block;

    upkeep_close(&f->upkeep);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    free_small(f);
    gaps = heap_excess(&f->memories.heap) - memories_allowed_gaps(&f->memories);
    memories_begin_iteration(&f->memories);
    assert_int_equal(f->memories.stored.excess, gaps);
    size = memories_limit(&f->memories) - gaps;
    assert_null(memory_alloc(&f->memories.serving, MEMORY));
    assert_int_equal(f->memories.stored.excess, gaps);
    block = memory_alloc(&f->memories.stored, size + MI);
    assert_non_null(block);
    assert_true(f->memories.stored.excess < gaps);
    memory_free(&f->memories.stored, block, size + MI);
    upkeep_init(&f->upkeep, &f->loop, &f->memories);
    run(f);
    assert_int_equal(f->memories.stored.excess, 0);
}

static void allocations_trim_only_a_few_regions_in_an_iteration(void **state)
{
    struct fixture *f = *state;
    struct memory *memory = &f->memories.stored;
    size_t gaps;

    free_small(f);
    gaps = heap_excess(&f->memories.heap);
    memory->limit = gaps - memories_allowed_gaps(&f->memories) + MI;
    f->memories.share.limits[USE_STORED] = memory->limit;
    for (int iteration = 1; iteration <= 3; iteration++) {
        memories_begin_iteration(&f->memories);
        for (int i = 0; i < 10; i++)
            assert_null(memory_alloc(memory, memory->limit - MI / 2));
        assert_in_range(
            gaps - heap_excess(&f->memories.heap), (size_t)iteration * MI,
            (size_t)iteration * TRIMS_MAX * REGION_SIZE);
    }
}

static void clients_that_leave_after_upkeep_is_closed_start_nothing(void **state)
{
    struct fixture *f = *state;

    free_large(f);
    upkeep_close(&f->upkeep);
    upkeep_set_busy(&f->upkeep, false);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    upkeep_set_busy(&f->upkeep, false);
    assert_int_equal(uv_run(&f->loop, UV_RUN_NOWAIT), 0);
    upkeep_init(&f->upkeep, &f->loop, &f->memories);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(freed_large_blocks_beyond_a_stock_are_given_back_in_slices),
        TEST(free_pages_beyond_a_stock_are_given_back_in_slices),
        TEST(gaps_beyond_those_allowed_are_charged_until_they_are_given_back),
        TEST(allocations_trim_only_a_few_regions_in_an_iteration),
        TEST(clients_that_leave_after_upkeep_is_closed_start_nothing),
        TEST(without_clients_all_freed_memory_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
