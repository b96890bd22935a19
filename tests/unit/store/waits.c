#include "store/waking.h"

#include <stdio.h>

#include <tcpstore/error.h>

#include "support/allocator.h"
#include "support/test.h"

enum {
    MANY = 100,
    NUMBERED_MAX = 24, /* characters of "n" and any number */
};

static const struct hash_key hash_key = {{1, 2, 3}};

static struct allocator allocator;
static struct memory memory;
static struct waits waits;
static struct waiter waiters[3];
static long ticked_off; /* as a negative number */
static struct released released;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    ticked_off = 0;
    released_init(&released, &ticked_off);
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

static struct name named(const char *key)
{
    return name_of(&hash_key, text(key));
}

static void wait_for_one(size_t waiter, const char *name)
{
    assert_int_equal(waiter_add(&waits, &waiters[waiter], named(name), 0), 0);
}

static void wait_for_two(size_t waiter, const char *name, const char *other)
{
    assert_int_equal(waiter_add(&waits, &waiters[waiter], named(name), 1), 0);
    assert_int_equal(waiter_add(&waits, &waiters[waiter], named(other), 0), 0);
}

/* The names n0, n1 and so on. */
static struct name numbered(size_t number, char text_of_it[NUMBERED_MAX])
{
    snprintf(text_of_it, NUMBERED_MAX, "n%zu", number);
    return named(text_of_it);
}

/* Returns how many names the waiter 0 could be made to wait for. */
static size_t wait_for_numbered(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char name[NUMBERED_MAX];

        if (waiter_add(&waits, &waiters[0], numbered(i, name), count - i - 1))
            return i;
    }
    return count;
}

static void waking_all_releases_the_longest_waiting_first(void **state)
{
    (void)state;
    wait_for_one(1, "k");
    wait_for_two(0, "k", "k");
    wait_for_two(2, "k", "l");
    waits_wake_all(&waits, named("k"), &released);
    assert_ptr_equal(released_take(&released), &waiters[1]);
    assert_ptr_equal(released_take(&released), &waiters[0]);
    assert_null(released_take(&released));
    assert_false(waiter_is_waiting(&waiters[0]));
    assert_true(waiter_is_waiting(&waiters[2]));
}

static void waking_one_skips_waiters_that_miss_other_names(void **state)
{
    (void)state;
    wait_for_two(0, "q", "m");
    wait_for_one(1, "q");
    wait_for_one(2, "q");
    waits_wake_one(&waits, named("q"), &released);
    assert_ptr_equal(released_take(&released), &waiters[1]);
    assert_null(released_take(&released));
    waits_wake_all(&waits, named("m"), &released);
    assert_ptr_equal(released_take(&released), &waiters[0]);
}

static void releasing_the_writer_itself_is_only_flagged(void **state)
{
    (void)state;
    wait_for_one(0, "k");
    wait_for_one(1, "k");
    released.own = &waiters[0];
    waits_wake_all(&waits, named("k"), &released);
    assert_true(released.own_released);
    assert_ptr_equal(released_take(&released), &waiters[1]);
    assert_null(released_take(&released));
}

static void waiting_for_one_awaited_name_allocates_nothing(void **state)
{
    (void)state;
    wait_for_one(0, "k");
    allocator_refuse_all(&allocator);
    wait_for_one(1, "k");
    allocator_refuse_none(&allocator);
}

static void a_waiter_registers_once_for_a_name_in_a_row(void **state)
{
    (void)state;
    wait_for_one(0, "k");
    allocator_refuse_all(&allocator);
    for (size_t i = 0; i < MANY; i++)
        wait_for_one(0, "k");
    allocator_refuse_none(&allocator);
    assert_int_equal(waiters[0].missing, 1);
}

static void forgetting_a_waiter_keeps_the_other_waiters(void **state)
{
    size_t before;

    (void)state;
    wait_for_one(0, "k");
    before = memory.used;
    wait_for_two(1, "k", "own");
    waiter_forget(&waits, &waiters[1]);
    assert_int_equal(memory.used, before);
    waits_wake_all(&waits, named("k"), &released);
    assert_ptr_equal(released_take(&released), &waiters[0]);
    assert_null(released_take(&released));
    assert_int_equal(waits.table.nodes, 0);
}

static void forgetting_a_released_waiter_takes_it_off_the_queue(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        wait_for_one(i, "k");
    waits_wake_all(&waits, named("k"), &released);
    waiter_forget(&waits, &waiters[1]);
    assert_ptr_equal(released_take(&released), &waiters[0]);
    assert_ptr_equal(released_take(&released), &waiters[2]);
    assert_null(released_take(&released));
}

static void waiting_for_two_awaited_names_allocates_room_for_one_wait(void **state)
{
    size_t header = 3 * sizeof(size_t);
    size_t before;

    (void)state;
    wait_for_two(0, "k", "l");
    before = memory.used;
    wait_for_two(1, "k", "l");
    assert_true(memory.used - before <= memory_footprint(header + sizeof(struct wait)));
}

static void a_wait_for_many_names_ends_with_the_last_of_them(void **state)
{
    char name[NUMBERED_MAX];

    (void)state;
    assert_int_equal(wait_for_numbered(MANY), MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_null(released_take(&released));
        waits_wake_all(&waits, numbered(i, name), &released);
    }
    assert_ptr_equal(released_take(&released), &waiters[0]);
    assert_int_equal(waits.table.nodes, 0);
}

static void forgetting_a_wait_for_many_names_frees_them_all(void **state)
{
    size_t before = memory.used;

    (void)state;
    assert_int_equal(wait_for_numbered(MANY), MANY);
    waiter_forget(&waits, &waiters[0]);
    assert_false(waiter_is_waiting(&waiters[0]));
    assert_int_equal(waits.table.nodes, 0);
    assert_int_equal(memory.used, before);
}

static void forgetting_piece_by_piece_takes_a_step_for_each_wait(void **state)
{
    size_t before = memory.used;
    long steps = 0;

    (void)state;
    assert_int_equal(wait_for_numbered(MANY), MANY);
    assert_false(waiter_forget_some(&waits, &waiters[0], &steps));
    for (size_t forgotten = 7; forgotten < MANY; forgotten += 7) {
        steps = 7;
        assert_false(waiter_forget_some(&waits, &waiters[0], &steps));
        assert_int_equal(steps, 0);
        assert_int_equal(waits.table.nodes, MANY - forgotten);
        assert_true(waiter_is_waiting(&waiters[0]));
    }
    steps = 7;
    assert_true(waiter_forget_some(&waits, &waiters[0], &steps));
    assert_int_equal(steps, 7 - MANY % 7);
    assert_false(waiter_is_waiting(&waiters[0]));
    assert_int_equal(memory.used, before);
    assert_true(waiter_forget_some(&waits, &waiters[0], &steps));
}

/* Of its names, n9 exists already when it begins to be forgotten, and no other wait is
 * forgotten. */
static void a_half_forgotten_waiter_is_not_released(void **state)
{
    char name[NUMBERED_MAX];
    long steps = 1;

    (void)state;
    assert_int_equal(wait_for_numbered(10), 10);
    wait_for_one(1, "n0");
    waits_wake_all(&waits, numbered(9, name), &released);
    assert_false(waiter_forget_some(&waits, &waiters[0], &steps));
    waits_wake_one(&waits, numbered(0, name), &released);
    assert_ptr_equal(released_take(&released), &waiters[1]);
    for (size_t i = 1; i < 9; i++)
        waits_wake_all(&waits, numbered(i, name), &released);
    assert_null(released_take(&released));
    assert_int_equal(waits.table.nodes, 0);
    steps = MANY;
    assert_true(waiter_forget_some(&waits, &waiters[0], &steps));
}

static void a_released_waiter_is_forgotten_without_steps(void **state)
{
    long steps = 0;

    (void)state;
    wait_for_one(0, "k");
    waits_wake_all(&waits, named("k"), &released);
    assert_true(waiter_forget_some(&waits, &waiters[0], &steps));
    assert_null(released_take(&released));
}

static void a_held_waiter_is_not_released_until_it_is_let_go(void **state)
{
    (void)state;
    waiter_hold(&waiters[0]);
    assert_true(waiter_is_waiting(&waiters[0]));
    wait_for_two(0, "k", "l");
    waits_wake_all(&waits, named("k"), &released);
    waits_wake_all(&waits, named("l"), &released);
    assert_true(waiter_is_waiting(&waiters[0]));
    assert_true(waiter_let_go(&waits, &waiters[0]));
    assert_false(waiter_is_waiting(&waiters[0]));
    assert_null(released_take(&released));
}

static void a_waiter_that_is_let_go_waits_for_the_names_still_missing(void **state)
{
    (void)state;
    waiter_hold(&waiters[0]);
    wait_for_two(0, "k", "l");
    waits_wake_all(&waits, named("k"), &released);
    assert_false(waiter_let_go(&waits, &waiters[0]));
    waits_wake_all(&waits, named("l"), &released);
    assert_ptr_equal(released_take(&released), &waiters[0]);
}

static void a_held_waiter_can_be_forgotten(void **state)
{
    size_t before = memory.used;

    (void)state;
    waiter_hold(&waiters[0]);
    assert_int_equal(wait_for_numbered(10), 10);
    waiter_forget(&waits, &waiters[0]);
    assert_false(waiter_is_waiting(&waiters[0]));
    assert_int_equal(memory.used, before);
}

static void each_wait_that_is_ticked_off_is_counted(void **state)
{
    (void)state;
    wait_for_two(0, "k", "l");
    wait_for_one(1, "k");
    wait_for_one(2, "k");
    waits_wake_one(&waits, named("k"), &released);
    assert_int_equal(-ticked_off, 2);
    waits_wake_all(&waits, named("k"), &released);
    waits_wake_all(&waits, named("missing"), &released);
    assert_int_equal(-ticked_off, 3);
    waits_wake_all(&waits, named("l"), &released);
    assert_int_equal(-ticked_off, 4);
}

/* A block for each wait would make twice as many requests: each name makes one itself. */
static void waits_for_many_names_share_few_allocations(void **state)
{
    size_t before = allocator.requests;

    (void)state;
    assert_int_equal(wait_for_numbered(MANY), MANY);
    assert_in_range(allocator.requests - before, MANY, MANY + 10);
}

static void wait_at_barrier(size_t waiter)
{
    assert_int_equal(waiter_add_barrier(&waits, &waiters[waiter], named("b")), 0);
}

static void a_barrier_counts_its_waiters_until_it_restarts(void **state)
{
    (void)state;
    wait_at_barrier(0);
    assert_true(waiter_is_counted(&waiters[0]));
    assert_span_is(name_key(waiter_barrier(&waits, &waiters[0])), "b");
    assert_int_equal(waiter_barrier(&waits, &waiters[0]).hash, named("b").hash);
    waits_restart_count(&waits, named("b"));
    wait_at_barrier(1);
    assert_false(waiter_is_counted(&waiters[0]));
    assert_true(waiter_is_waiting(&waiters[0]));
    assert_true(waiter_is_counted(&waiters[1]));
}

static void a_waiter_for_other_names_is_not_counted(void **state)
{
    (void)state;
    wait_for_one(0, "b");
    assert_false(waiter_is_counted(&waiters[0]));
    assert_false(waiter_is_counted(&waiters[1]));
}

static void a_barrier_that_is_refused_memory_registers_no_waiter(void **state)
{
    (void)state;
    allocator_refuse(&allocator, 1);
    assert_int_equal(waiter_add_barrier(&waits, &waiters[0], named("b")), TCPSTORE_ENOMEM);
    assert_false(waiter_is_waiting(&waiters[0]));
    assert_int_equal(waits.table.nodes, 0);
}

static void a_wait_that_is_refused_memory_keeps_the_names_before(void **state)
{
    size_t before = memory.used;
    size_t refusals = 0;

    (void)state;
    for (size_t nth = 1;; nth++) {
        size_t registered;

        allocator_refuse(&allocator, nth);
        registered = wait_for_numbered(20);
        assert_int_equal(waits.table.nodes, registered);
        assert_int_equal(waiters[0].missing, registered);
        waiter_forget(&waits, &waiters[0]);
        assert_int_equal(waits.table.nodes, 0);
        assert_int_equal(memory.used, before);
        if (registered == 20)
            break;
        refusals++;
    }
    assert_int_equal(refusals, 20 + 3); /* names, and blocks of 4, 8 and 7 waits */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(waking_all_releases_the_longest_waiting_first),
        TEST(waking_one_skips_waiters_that_miss_other_names),
        TEST(releasing_the_writer_itself_is_only_flagged),
        TEST(waiting_for_one_awaited_name_allocates_nothing),
        TEST(a_waiter_registers_once_for_a_name_in_a_row),
        TEST(forgetting_a_waiter_keeps_the_other_waiters),
        TEST(forgetting_a_released_waiter_takes_it_off_the_queue),
        TEST(waiting_for_two_awaited_names_allocates_room_for_one_wait),
        TEST(a_wait_for_many_names_ends_with_the_last_of_them),
        TEST(forgetting_a_wait_for_many_names_frees_them_all),
        TEST(forgetting_piece_by_piece_takes_a_step_for_each_wait),
        TEST(a_half_forgotten_waiter_is_not_released),
        TEST(a_released_waiter_is_forgotten_without_steps),
        TEST(a_held_waiter_is_not_released_until_it_is_let_go),
        TEST(a_waiter_that_is_let_go_waits_for_the_names_still_missing),
        TEST(a_held_waiter_can_be_forgotten),
        TEST(each_wait_that_is_ticked_off_is_counted),
        TEST(waits_for_many_names_share_few_allocations),
        TEST(a_barrier_counts_its_waiters_until_it_restarts),
        TEST(a_waiter_for_other_names_is_not_counted),
        TEST(a_barrier_that_is_refused_memory_registers_no_waiter),
        TEST(a_wait_that_is_refused_memory_keeps_the_names_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
