/* Freed memory goes back to the system slice by slice, as the loop runs. */
#include "server/upkeep.h"

#include "support/allocator.h"
#include "support/test.h"

enum {
    LARGE = 16 << 20,
    KEPT = 8 << 20,
    SLICE_MAX = 3 << 20,
};

struct fixture {
    uv_loop_t loop;
    struct allocator allocator;
    struct memory memory;
    struct upkeep upkeep;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    if (uv_loop_init(&fixture.loop))
        return -1;
    allocator_init(&fixture.allocator, &fixture.memory);
    upkeep_init(&fixture.upkeep, &fixture.loop, &fixture.memory);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    upkeep_close(&f->upkeep);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    allocator_check_empty(&f->allocator, &f->memory);
    return uv_loop_close(&f->loop);
}

static void free_large(struct fixture *f)
{
    void *block = memory_alloc(&f->memory, LARGE);

    assert_non_null(block);
    memory_free(&f->memory, block, LARGE);
}

/* Runs the loop until it would block. */
static void run(struct fixture *f)
{
    do {
        size_t before = f->memory.used;

        uv_run(&f->loop, UV_RUN_NOWAIT);
        assert_true(before - f->memory.used <= SLICE_MAX);
    } while (uv_backend_timeout(&f->loop) == 0);
}

static void freed_memory_beyond_a_stock_is_given_back_in_slices(void **state)
{
    struct fixture *f = *state;

    upkeep_set_busy(&f->upkeep, true);
    free_large(f);
    run(f);
    assert_int_equal(f->memory.used, LARGE);
    f->upkeep.kept = KEPT;
    run(f);
    assert_in_range(f->memory.used, KEPT - SLICE_MAX, KEPT);
}

static void without_clients_all_freed_memory_is_given_back(void **state)
{
    struct fixture *f = *state;

    upkeep_set_busy(&f->upkeep, true);
    free_large(f);
    run(f);
    upkeep_set_busy(&f->upkeep, false);
    run(f);
    assert_int_equal(f->memory.used, 0);
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
    upkeep_init(&f->upkeep, &f->loop, &f->memory);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(freed_memory_beyond_a_stock_is_given_back_in_slices),
        TEST(clients_that_leave_after_upkeep_is_closed_start_nothing),
        TEST(without_clients_all_freed_memory_is_given_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
