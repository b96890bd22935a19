#include "base/memory.h"

#include "support/allocator.h"
#include "support/test.h"

struct fixture {
    struct allocator allocator;
    struct memory memory;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    allocator_init(&fixture.allocator, &fixture.memory);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    allocator_check_empty(&f->allocator, &f->memory);
    return 0;
}

static void an_allocation_is_charged_until_it_is_freed(void **state)
{
    struct fixture *f = *state;
    void *pointer = memory_alloc(&f->memory, 100);

    assert_non_null(pointer);
    assert_in_range(f->memory.used, 100, 100 + 32);
    allocator_check(&f->allocator, &f->memory);
    memory_free(&f->memory, pointer, 100);
    assert_int_equal(f->memory.used, 0);
}

static void resizing_charges_the_new_size(void **state)
{
    struct fixture *f = *state;
    uint8_t *pointer = memory_alloc(&f->memory, 10);

    assert_non_null(pointer);
    memcpy(pointer, "0123456789", 10); /* NOLINT(bugprone-not-null-terminated-result) */
    pointer = memory_realloc(&f->memory, pointer, 10, 1000);
    assert_non_null(pointer);
    assert_memory_equal(pointer, "0123456789", 10);
    allocator_check(&f->allocator, &f->memory);
    pointer = memory_realloc(&f->memory, pointer, 1000, 5);
    assert_non_null(pointer);
    assert_memory_equal(pointer, "01234", 5);
    allocator_check(&f->allocator, &f->memory);
    memory_free(&f->memory, pointer, 5);
}

static void allocating_more_than_the_limit_is_refused(void **state)
{
    struct fixture *f = *state;
    void *first, *second;

    f->memory.limit = memory_footprint(100) + memory_footprint(40);
    first = memory_alloc(&f->memory, 100);
    assert_non_null(first);
    assert_null(memory_alloc(&f->memory, 60));
    second = memory_alloc(&f->memory, 40);
    assert_non_null(second);
    assert_int_equal(f->memory.used, f->memory.limit);
    assert_null(memory_alloc(&f->memory, 1));
    memory_free(&f->memory, first, 100);
    memory_free(&f->memory, second, 40);
}

static void an_allocation_above_the_limit_does_not_reach_the_system(void **state)
{
    struct fixture *f = *state;

    f->memory.limit = 50;
    assert_null(memory_alloc(&f->memory, 100));
    assert_int_equal(f->allocator.requests, 0);
}

static void growing_above_the_limit_leaves_the_block_unchanged(void **state)
{
    struct fixture *f = *state;
    uint8_t *pointer;

    f->memory.limit = memory_footprint(100);
    pointer = memory_alloc(&f->memory, 50);
    assert_non_null(pointer);
    pointer[0] = 'x';
    assert_null(memory_realloc(&f->memory, pointer, 50, 120));
    assert_int_equal(pointer[0], 'x');
    assert_int_equal(f->memory.used, memory_footprint(50));
    pointer = memory_realloc(&f->memory, pointer, 50, 100);
    assert_non_null(pointer);
    memory_free(&f->memory, pointer, 100);
}

static void an_allocation_that_the_system_refuses_is_not_charged(void **state)
{
    struct fixture *f = *state;
    void *pointer;

    allocator_refuse(&f->allocator, 1);
    assert_null(memory_alloc(&f->memory, 10));
    assert_int_equal(f->memory.used, 0);
    pointer = memory_alloc(&f->memory, 10);
    assert_non_null(pointer);
    allocator_refuse(&f->allocator, 1);
    assert_null(memory_realloc(&f->memory, pointer, 10, 20));
    assert_int_equal(f->memory.used, memory_footprint(10));
    memory_free(&f->memory, pointer, 10);
}

static void sizes_that_would_overflow_are_refused(void **state)
{
    struct fixture *f = *state;
    void *pointer = memory_alloc(&f->memory, 1);

    f->memory.limit = SIZE_MAX / 2;
    for (size_t below = 0; below < 64; below++) {
        assert_null(memory_alloc(&f->memory, SIZE_MAX - below));
        assert_null(memory_realloc(&f->memory, pointer, 1, SIZE_MAX - below));
    }
    assert_int_equal(f->allocator.requests, 1);
    memory_free(&f->memory, pointer, 1);
}

static void a_shared_account_counts_all_bytes_and_each_memory_has_its_limit(void **state)
{
    struct fixture *f = *state;
    struct memory reserved;
    void *first, *second, *grown;

    f->memory.limit = memory_footprint(100);
    memory_share(&reserved, &f->memory, 2 * memory_footprint(100));
    first = memory_alloc(&f->memory, 100);
    assert_non_null(first);
    assert_null(memory_alloc(&f->memory, 1));
    second = memory_alloc(&reserved, 50);
    assert_non_null(second);
    grown = memory_realloc(&reserved, second, 50, 100);
    assert_non_null(grown);
    assert_int_equal(f->memory.used, reserved.limit);
    assert_null(memory_alloc(&reserved, 1));
    assert_null(memory_alloc(&f->memory, 1));
    assert_null(memory_realloc(&f->memory, first, 100, 90));
    memory_free(&reserved, first, 100);
    memory_free(&f->memory, grown, 100);
    assert_int_equal(f->memory.used, 0);
}

static void exhausted_is_set_by_the_system_and_cleared_by_the_limit(void **state)
{
    struct fixture *f = *state;
    struct memory other;

    memory_share(&other, &f->memory, 100);
    allocator_refuse(&f->allocator, 1);
    assert_null(memory_alloc(&other, 10));
    assert_true(f->memory.exhausted);
    assert_null(memory_alloc(&other, 200));
    assert_false(f->memory.exhausted);
}

static void excess_counts_towards_the_limit(void **state)
{
    struct fixture *f = *state;
    void *pointer;

    f->memory.limit = 1000;
    memory_set_excess(&f->memory, 900);
    assert_null(memory_alloc(&f->memory, 200));
    assert_false(f->memory.exhausted);
    pointer = memory_alloc(&f->memory, 50);
    assert_non_null(pointer);
    memory_set_excess(&f->memory, 0);
    memory_free(&f->memory, pointer, 50);
}

struct trimmed {
    struct memory *memory;
    size_t trims;
    size_t last; /* after so many there is nothing to trim */
};

static bool trim(void *context)
{
    struct trimmed *trimmed = context;

    if (trimmed->trims == trimmed->last)
        return false;
    trimmed->trims++;
    memory_set_excess(trimmed->memory, trimmed->memory->excess - 100);
    return true;
}

static void an_allocation_that_does_not_fit_beside_the_excess_trims_it(void **state)
{
    struct fixture *f = *state;
    struct trimmed trimmed = {.memory = &f->memory, .last = 100};
    void *pointer;

    f->memory.limit = 1000;
    memory_set_trim(&f->memory, trim, &trimmed);
    memory_set_excess(&f->memory, 900);
    pointer = memory_alloc(&f->memory, 200);
    assert_non_null(pointer);
    assert_int_equal(trimmed.trims, 2);
    memory_free(&f->memory, pointer, 200);

    trimmed = (struct trimmed){.memory = &f->memory, .last = 1};
    memory_set_excess(&f->memory, 1000);
    assert_null(memory_alloc(&f->memory, 200));
    assert_int_equal(trimmed.trims, 1);
    assert_null(memory_alloc(&f->memory, 1001)); /* would be refused all the same */
    assert_int_equal(trimmed.trims, 1);
    assert_false(f->memory.exhausted);
}

struct grown {
    const struct memory *asking; /* the last time */
    size_t most;                 /* to which the limit can be raised */
    size_t asked;                /* times */
    size_t held;                 /* at most */
};

static bool grow(void *context, const struct memory *memory, size_t size, size_t held)
{
    struct grown *grown = context;
    size_t needed = held + memory_footprint(size);

    grown->asking = memory;
    grown->asked++;
    grown->held = held > grown->held ? held : grown->held;
    if (needed > grown->most)
        return false;
    memory->account->limit = needed;
    return true;
}

static void an_allocation_above_the_limit_raises_it(void **state)
{
    struct fixture *f = *state;
    struct grown grown = {.most = memory_footprint(100) + memory_footprint(200)};
    void *first, *second;

    f->memory.limit = memory_footprint(100);
    memory_set_grow(&f->memory, grow, &grown);
    first = memory_alloc(&f->memory, 100);
    assert_non_null(first);
    assert_int_equal(grown.asked, 0);
    second = memory_alloc(&f->memory, 50);
    assert_non_null(second);
    assert_ptr_equal(grown.asking, &f->memory);
    assert_int_equal(grown.held, memory_footprint(100));
    second = memory_realloc(&f->memory, second, 50, 200);
    assert_non_null(second);
    assert_int_equal(f->memory.limit, grown.most);
    assert_int_equal(grown.held, memory_footprint(100)); /* without the block that grows */
    assert_null(memory_alloc(&f->memory, 1));
    assert_false(f->memory.exhausted);
    memory_free(&f->memory, first, 100);
    memory_free(&f->memory, second, 200);
}

/* The limit can be raised, but not above what is freed and kept, too. */
static void a_limit_that_cannot_be_raised_enough_gives_back_what_is_freed(void **state)
{
    enum { SMALL = MEMORY_LARGE - 1, FREED = 2 * MEMORY_LARGE };
    struct fixture *f = *state;
    struct grown grown = {.most = FREED + memory_footprint(SMALL) / 2};
    void *pointer;

    f->memory.limit = FREED;
    memory_set_grow(&f->memory, grow, &grown);
    pointer = memory_alloc(&f->memory, FREED);
    assert_non_null(pointer);
    memory_free(&f->memory, pointer, FREED);
    assert_int_equal(f->memory.freed.bytes, FREED);
    pointer = memory_alloc(&f->memory, SMALL);
    assert_non_null(pointer);
    assert_true(f->memory.freed.bytes < FREED);
    assert_true(f->memory.limit > FREED);
    assert_true(f->memory.used <= f->memory.limit);
    memory_free(&f->memory, pointer, SMALL);
    memory_give_back(&f->memory, SIZE_MAX);
}

static void freeing_null_charges_nothing(void **state)
{
    struct fixture *f = *state;

    memory_free(&f->memory, NULL, 100);
    assert_int_equal(f->memory.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            an_allocation_is_charged_until_it_is_freed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resizing_charges_the_new_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            allocating_more_than_the_limit_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_allocation_above_the_limit_does_not_reach_the_system, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            growing_above_the_limit_leaves_the_block_unchanged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_allocation_that_the_system_refuses_is_not_charged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            sizes_that_would_overflow_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_shared_account_counts_all_bytes_and_each_memory_has_its_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            exhausted_is_set_by_the_system_and_cleared_by_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(excess_counts_towards_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_allocation_that_does_not_fit_beside_the_excess_trims_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_allocation_above_the_limit_raises_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_limit_that_cannot_be_raised_enough_gives_back_what_is_freed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(freeing_null_charges_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
