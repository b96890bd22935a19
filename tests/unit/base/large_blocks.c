/* Large blocks of a memory: freed now, given back later, in slices. */
#include "base/memory.h"

#include "support/allocator.h"
#include "support/test.h"

enum {
    LARGE = 4 << 20, /* bytes, whole pages */
    SMALL = 2000,
};

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

static void *allocate(struct fixture *f, size_t size)
{
    void *pointer = memory_alloc(&f->memory, size);

    assert_non_null(pointer);
    memset(pointer, 'x', size);
    allocator_check(&f->allocator, &f->memory);
    return pointer;
}

static void free_new(struct fixture *f, size_t size)
{
    memory_free(&f->memory, allocate(f, size), size);
}

static void a_large_block_is_charged_for_whole_pages(void **state)
{
    struct fixture *f = *state;
    void *pointer = allocate(f, MEMORY_LARGE + 1);

    assert_int_equal(f->memory.used, MEMORY_LARGE + MEMORY_PAGE);
    memory_free(&f->memory, pointer, MEMORY_LARGE + 1);
}

static void a_freed_block_is_charged_until_it_is_given_back(void **state)
{
    struct fixture *f = *state;

    free_new(f, LARGE);
    assert_int_equal(f->memory.used, LARGE);
    assert_int_equal(f->memory.freed.bytes, LARGE);
    assert_int_equal(f->allocator.blocks, 1);
    assert_false(memory_give_back(&f->memory, LARGE));
    assert_int_equal(f->memory.used, 0);
    assert_int_equal(f->memory.freed.bytes, 0);
    assert_int_equal(f->allocator.blocks, 0);
}

static void freed_blocks_are_given_back_in_slices(void **state)
{
    enum { BLOCKS = 3, SLICE = 1000000, SLICE_MAX = SLICE + MEMORY_LARGE + MEMORY_PAGE };
    struct fixture *f = *state;
    void *blocks[BLOCKS];
    size_t slices = 0;

    for (size_t i = 0; i < BLOCKS; i++)
        blocks[i] = allocate(f, LARGE + i);
    for (size_t i = 0; i < BLOCKS; i++)
        memory_free(&f->memory, blocks[i], LARGE + i);
    while (f->memory.used > 0) {
        size_t before = f->memory.used;
        bool more = memory_give_back(&f->memory, SLICE);

        allocator_check(&f->allocator, &f->memory);
        assert_int_equal(more, f->memory.used > 0);
        assert_true(before - f->memory.used <= SLICE_MAX);
        slices++;
    }
    assert_true(slices <= BLOCKS * LARGE / SLICE + 1);
    assert_false(memory_give_back(&f->memory, SLICE));
}

static void a_block_that_cannot_shrink_is_given_back_whole(void **state)
{
    struct fixture *f = *state;

    free_new(f, LARGE);
    allocator_refuse(&f->allocator, 1);
    assert_false(memory_give_back(&f->memory, 1));
    assert_int_equal(f->memory.used, 0);
}

static void an_allocation_that_does_not_fit_beside_freed_blocks_gives_them_back(void **state)
{
    struct fixture *f = *state;
    void *pointer;

    f->memory.limit = LARGE + SMALL;
    free_new(f, LARGE);
    pointer = allocate(f, (size_t)SMALL * 2);
    assert_true(f->memory.used < LARGE);
    free_new(f, LARGE - (size_t)SMALL * 4);
    pointer = memory_realloc(&f->memory, pointer, (size_t)SMALL * 2, (size_t)SMALL * 8);
    assert_non_null(pointer);
    allocator_check(&f->allocator, &f->memory);
    memory_free(&f->memory, pointer, (size_t)SMALL * 8);
}

static void an_allocation_that_the_system_refuses_gives_freed_blocks_back(void **state)
{
    struct fixture *f = *state;

    free_new(f, LARGE);
    allocator_refuse(&f->allocator, 1);
    free_new(f, SMALL);
    assert_true(f->memory.used < LARGE);
}

static void an_allocation_that_is_refused_all_the_same_gives_nothing_back(void **state)
{
    struct fixture *f = *state;
    void *pointer = allocate(f, SMALL);

    free_new(f, LARGE);
    f->memory.limit = (size_t)LARGE * 2;
    assert_null(memory_alloc(&f->memory, (size_t)LARGE * 2 + 1));
    assert_null(memory_alloc(&f->memory, (size_t)LARGE * 2 - SMALL / 2));
    assert_false(f->memory.exhausted);
    assert_int_equal(f->memory.freed.bytes, LARGE);
    memory_free(&f->memory, pointer, SMALL);
}

static void a_large_allocation_reuses_a_freed_block_that_fits(void **state)
{
    struct fixture *f = *state;
    void *fitting = allocate(f, LARGE), *larger = allocate(f, (size_t)LARGE * 2);

    free_new(f, LARGE - SMALL / 2); /* fits, too, but must not be moved to */
    memory_free(&f->memory, fitting, LARGE);
    memory_free(&f->memory, larger, (size_t)LARGE * 2);
    fitting = allocate(f, LARGE - SMALL);
    assert_int_equal(f->allocator.blocks, 3);
    memory_free(&f->memory, fitting, LARGE - SMALL);
}

static void a_block_grows_into_a_freed_one_that_fits(void **state)
{
    struct fixture *f = *state;
    uint8_t *growing = allocate(f, SMALL);

    free_new(f, LARGE);
    growing[SMALL - 1] = 'y';
    growing = memory_realloc(&f->memory, growing, SMALL, LARGE - SMALL);
    assert_non_null(growing);
    assert_int_equal(growing[0], 'x');
    assert_int_equal(growing[SMALL - 1], 'y');
    assert_int_equal(f->allocator.blocks, 1);
    allocator_check(&f->allocator, &f->memory);
    memory_free(&f->memory, growing, LARGE - SMALL);
}

static void a_block_with_many_bytes_to_spare_is_not_reused(void **state)
{
    struct fixture *f = *state;
    void *pointer;

    free_new(f, (size_t)LARGE * 4);
    pointer = allocate(f, LARGE);
    assert_int_equal(f->allocator.blocks, 2);
    memory_free(&f->memory, pointer, LARGE);
}

static void a_reuse_that_is_refused_keeps_the_freed_block(void **state)
{
    struct fixture *f = *state;

    free_new(f, LARGE);
    f->memory.limit = SMALL;
    assert_null(memory_alloc(&f->memory, LARGE - SMALL));
    assert_int_equal(f->memory.freed.bytes, LARGE);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_large_block_is_charged_for_whole_pages),
        TEST(a_freed_block_is_charged_until_it_is_given_back),
        TEST(freed_blocks_are_given_back_in_slices),
        TEST(a_block_that_cannot_shrink_is_given_back_whole),
        TEST(an_allocation_that_does_not_fit_beside_freed_blocks_gives_them_back),
        TEST(an_allocation_that_the_system_refuses_gives_freed_blocks_back),
        TEST(an_allocation_that_is_refused_all_the_same_gives_nothing_back),
        TEST(a_large_allocation_reuses_a_freed_block_that_fits),
        TEST(a_block_grows_into_a_freed_one_that_fits),
        TEST(a_block_with_many_bytes_to_spare_is_not_reused),
        TEST(a_reuse_that_is_refused_keeps_the_freed_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
