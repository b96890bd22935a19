#include "server/closed.h"

#include "support/allocator.h"
#include "support/test.h"

struct fixture {
    struct allocator allocator;
    struct memory memory;
    struct closed closed;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    allocator_init(&fixture.allocator, &fixture.memory);
    closed_init(&fixture.closed, &fixture.memory);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    closed_done(&f->closed);
    allocator_check_empty(&f->allocator, &f->memory);
    return 0;
}

static void add(struct fixture *f, uint64_t first, uint64_t last)
{
    for (uint64_t number = first; number <= last; number++)
        closed_add(&f->closed, &(struct closed_client){.number = number});
}

static void assert_kept(const struct fixture *f, uint64_t first, uint64_t last)
{
    assert_int_equal(f->closed.count, last - first + 1);
    for (size_t i = 0; i < f->closed.count; i++)
        assert_int_equal(closed_at(&f->closed, i)->number, first + i);
}

static void the_latest_are_kept(void **state)
{
    struct fixture *f = *state;

    add(f, 1, 10);
    assert_kept(f, 1, 10);
    add(f, 11, CLOSED_MAX);
    assert_kept(f, 1, CLOSED_MAX);
    add(f, CLOSED_MAX + 1, 3 * CLOSED_MAX - 7);
    assert_kept(f, 2 * CLOSED_MAX - 6, 3 * CLOSED_MAX - 7);
}

static void a_few_take_little_memory(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(f->memory.used, 0);
    add(f, 1, 10);
    assert_in_range(f->memory.used, 1, 20 * sizeof(struct closed_client));
}

static void without_memory_none_is_kept(void **state)
{
    struct fixture *f = *state;

    allocator_refuse_all(&f->allocator);
    add(f, 1, 10);
    assert_int_equal(f->closed.count, 0);
    allocator_refuse_none(&f->allocator);
    add(f, 11, 20);
    assert_kept(f, 11, 20);
}

static void without_memory_for_more_the_oldest_is_forgotten(void **state)
{
    struct fixture *f = *state;

    add(f, 1, 10);
    allocator_refuse_all(&f->allocator);
    add(f, 11, 100);
    assert_true(f->closed.count >= 10);
    assert_kept(f, 101 - f->closed.count, 100);
    allocator_refuse_none(&f->allocator);
    add(f, 101, 101);
    assert_int_equal(closed_at(&f->closed, f->closed.count - 1)->number, 101);
    assert_kept(f, 102 - f->closed.count, 101);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_latest_are_kept),
        TEST(a_few_take_little_memory),
        TEST(without_memory_none_is_kept),
        TEST(without_memory_for_more_the_oldest_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
