/* The order of turns among each other and among the loop's other work. */
#include "server/turns.h"

#include "base/container.h"
#include "support/test.h"

struct worker {
    struct turn turn;
    int left; /* turns that it still needs */
    int last; /* number of its last turn among all, from 1 */
    struct turn *cancels;
};

static uv_loop_t loop;
static struct turns turns;
static int count;

static void work(struct turn *turn)
{
    struct worker *worker = CONTAINER_OF(turn, struct worker, turn);

    worker->last = ++count;
    if (worker->cancels != NULL)
        turn_cancel(worker->cancels);
    if (--worker->left > 0)
        turns_add(&turns, turn);
}

static int set_up(void **state)
{
    (void)state;
    count = 0;
    if (uv_loop_init(&loop))
        return -1;
    turns_init(&turns, &loop);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    turns_close(&turns);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static void workers_take_turns_in_order_until_all_are_done(void **state)
{
    struct worker long_one = {.turn.run = work, .left = 3};
    struct worker short_one = {.turn.run = work, .left = 1};

    (void)state;
    turns_add(&turns, &long_one.turn);
    turns_add(&turns, &short_one.turn);
    uv_run(&loop, UV_RUN_DEFAULT); /* ends: nothing waits */
    assert_int_equal(count, 4);
    assert_int_equal(short_one.last, 2);
    assert_int_equal(long_one.last, 4);
}

static void a_turn_that_adds_itself_waits_for_the_next_iteration(void **state)
{
    struct worker worker = {.turn.run = work, .left = 2};

    (void)state;
    turns_add(&turns, &worker.turn);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(count, 1);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(count, 2);
}

static void a_cancelled_turn_does_not_run(void **state)
{
    struct worker later = {.turn.run = work, .left = 1};
    struct worker first = {.turn.run = work, .left = 1, .cancels = &later.turn};

    (void)state;
    turns_add(&turns, &first.turn);
    turns_add(&turns, &later.turn);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(count, 1);
    assert_int_equal(later.last, 0);
    turn_cancel(&later.turn); /* does not wait: fine */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(workers_take_turns_in_order_until_all_are_done),
        TEST(a_turn_that_adds_itself_waits_for_the_next_iteration),
        TEST(a_cancelled_turn_does_not_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
