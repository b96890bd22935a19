#include "store/waits.h"

#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/test.h"

static const struct hash_key hash_key = {{1, 2, 3}};

static struct allocator allocator;
static struct memory memory;
static struct waits waits;
static struct waiter waiters[3];
static struct released released;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    released_init(&released);
    return waits_init(&waits, &memory, &hash_key);
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        waiter_forget(&waits, &waiters[i]);
    waits_done(&waits);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

static void wait_for_one(size_t waiter, const char *name)
{
    assert_int_equal(waiter_prepare(&waits, &waiters[waiter], 1), 0);
    assert_int_equal(waiter_add(&waits, &waiters[waiter], text(name)), 0);
}

static void wait_for_two(size_t waiter, const char *name, const char *other)
{
    assert_int_equal(waiter_prepare(&waits, &waiters[waiter], 2), 0);
    assert_int_equal(waiter_add(&waits, &waiters[waiter], text(name)), 0);
    assert_int_equal(waiter_add(&waits, &waiters[waiter], text(other)), 0);
}

static void all_are_released_longest_first_and_wait_no_more(void **state)
{
    (void)state;
    wait_for_one(1, "k");
    wait_for_two(0, "k", "k");
    wait_for_two(2, "k", "l");
    waits_wake_all(&waits, text("k"), &released);
    assert_ptr_equal(released_take(&released), &waiters[1]);
    assert_ptr_equal(released_take(&released), &waiters[0]);
    assert_null(released_take(&released));
    assert_false(waiter_is_waiting(&waiters[0]));
    assert_true(waiter_is_waiting(&waiters[2]));
}

static void one_is_released_past_those_who_miss_more(void **state)
{
    (void)state;
    wait_for_two(0, "q", "m");
    wait_for_one(1, "q");
    wait_for_one(2, "q");
    waits_wake_one(&waits, text("q"), &released);
    assert_ptr_equal(released_take(&released), &waiters[1]);
    assert_null(released_take(&released));
    waits_wake_all(&waits, text("m"), &released);
    assert_ptr_equal(released_take(&released), &waiters[0]);
}

static void the_writers_own_release_is_only_noted(void **state)
{
    (void)state;
    wait_for_one(0, "k");
    wait_for_one(1, "k");
    released.own = &waiters[0];
    waits_wake_all(&waits, text("k"), &released);
    assert_true(released.own_released);
    assert_ptr_equal(released_take(&released), &waiters[1]);
    assert_null(released_take(&released));
}

static void a_wait_for_one_awaited_name_allocates_nothing(void **state)
{
    (void)state;
    wait_for_one(0, "k");
    allocator_refuse_all(&allocator);
    wait_for_one(1, "k");
    allocator_refuse_none(&allocator);
}

static void who_is_forgotten_is_registered_nowhere_and_others_still_are(void **state)
{
    size_t before;

    (void)state;
    wait_for_one(0, "k");
    before = memory.used;
    wait_for_two(1, "k", "own");
    waiter_forget(&waits, &waiters[1]);
    assert_int_equal(memory.used, before);
    waits_wake_all(&waits, text("k"), &released);
    assert_ptr_equal(released_take(&released), &waiters[0]);
    assert_null(released_take(&released));
    assert_int_equal(waits.table.nodes, 0);
}

static void a_barriers_waiter_knows_it_until_it_is_uncounted(void **state)
{
    (void)state;
    assert_int_equal(waiter_add_barrier(&waits, &waiters[0], text("b")), 0);
    assert_span_is(waiter_barrier(&waits, &waiters[0]), "b");
    waits_uncount(&waits, text("b"));
    assert_null(waiter_barrier(&waits, &waiters[0]).bytes);
    assert_true(waiter_is_waiting(&waiters[0]));
}

static void refused_memory_is_an_error_that_forgetting_mends(void **state)
{
    (void)state;
    allocator_refuse(&allocator, 1);
    assert_int_equal(waiter_prepare(&waits, &waiters[0], 2), TCPSTORE_ENOMEM);
    assert_false(waiter_is_waiting(&waiters[0]));
    allocator_refuse(&allocator, 1);
    assert_int_equal(waiter_add_barrier(&waits, &waiters[0], text("b")), TCPSTORE_ENOMEM);
    assert_false(waiter_is_waiting(&waiters[0]));

    assert_int_equal(waiter_prepare(&waits, &waiters[0], 3), 0);
    assert_int_equal(waiter_add(&waits, &waiters[0], text("a")), 0);
    allocator_refuse(&allocator, 1);
    assert_int_equal(waiter_add(&waits, &waiters[0], text("b")), TCPSTORE_ENOMEM);
    waiter_forget(&waits, &waiters[0]);
    assert_int_equal(waits.table.nodes, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(all_are_released_longest_first_and_wait_no_more),
        TEST(one_is_released_past_those_who_miss_more),
        TEST(the_writers_own_release_is_only_noted),
        TEST(a_wait_for_one_awaited_name_allocates_nothing),
        TEST(who_is_forgotten_is_registered_nowhere_and_others_still_are),
        TEST(a_barriers_waiter_knows_it_until_it_is_uncounted),
        TEST(refused_memory_is_an_error_that_forgetting_mends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
