/* The order of turns among each other and among the loop's other work, and their steps. */
#include "server/turns.h"

#include "base/container.h"
#include "support/test.h"

struct worker {
    struct turn turn;
    struct turn *cancels;
    long takes; /* steps in each */
    int left;   /* turns that it still needs */
    int last;   /* number of its last turn among all, from 1 */
};

static uv_loop_t loop;
static struct turns turns;
static int count;

static void work(struct turn *turn)
{
    struct worker *worker = CONTAINER_OF(turn, struct worker, turn);

    worker->last = ++count;
    turn_end(&turns, turn, turn_begin(&turns, turn) - worker->takes);
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
    if (!uv_is_closing((uv_handle_t *)&turns.idle))
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

static void an_iteration_runs_turns_until_its_pot_is_empty_and_leaves_the_rest_in_order(
    void **state)
{
    enum { WORKERS = 4 };
    struct worker workers[WORKERS];

    (void)state;
    for (int i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.turn.run = work, .left = 2, .takes = TURN_STEPS / 2};
        turns_add(&turns, &workers[i].turn);
    }
    for (int i = 1; i <= WORKERS; i++) {
        uv_run(&loop, UV_RUN_NOWAIT);
        assert_int_equal(count, 2 * i);
    }
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(workers[i].last, WORKERS + i + 1);
}

static void a_turn_that_comes_first_runs_even_if_the_others_need_the_whole_pot(void **state)
{
    struct worker greedy[2] = {
        {.turn.run = work, .left = 10, .takes = TURN_STEPS},
        {.turn.run = work, .left = 10, .takes = TURN_STEPS},
    };
    struct worker first = {.turn.run = work, .left = 1, .takes = TURN_STEPS};

    (void)state;
    turns_add(&turns, &greedy[0].turn);
    turns_add(&turns, &greedy[1].turn);
    turns_add_first(&turns, &first.turn);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(first.last, 1);
    assert_int_equal(greedy[0].last, 2);
    assert_int_equal(greedy[1].last, 0);
    turn_cancel(&greedy[0].turn);
    turn_cancel(&greedy[1].turn);
}

static void a_turn_that_waits_already_keeps_its_place(void **state)
{
    struct worker workers[2] = {
        {.turn.run = work, .left = 1},
        {.turn.run = work, .left = 1},
    };

    (void)state;
    turns_add(&turns, &workers[0].turn);
    turns_add(&turns, &workers[1].turn);
    turns_add(&turns, &workers[0].turn);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(count, 2);
    assert_int_equal(workers[0].last, 1);
}

/* A loop without work has no iterations. */
static void iterate(void)
{
    struct worker worker = {.turn.run = work, .left = 1};

    turns_add(&turns, &worker.turn);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void steps_are_given_once_in_each_phase(void **state)
{
    struct turn turn = {.run = work};

    (void)state;
    assert_int_equal(turn_begin(&turns, &turn), TURN_STEPS);
    turn_end(&turns, &turn, 100);
    assert_int_equal(turn_begin(&turns, &turn), 100);
    turn_end(&turns, &turn, -5);
    assert_int_equal(turn_begin(&turns, &turn), -5);
    iterate();
    assert_int_equal(turn_begin(&turns, &turn), TURN_STEPS);
}

static void turns_are_short_once_the_pot_is_empty(void **state)
{
    struct turn turns_of_others[3] = {{.run = NULL}};
    struct turn turn = {.run = NULL};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_false(turns_are_short(&turns));
        turn_begin(&turns, &turns_of_others[i]);
        turn_end(&turns, &turns_of_others[i], TURN_STEPS - TURN_STEPS / 2 + i);
    }
    assert_true(turns_are_short(&turns));
    assert_int_equal(turn_begin(&turns, &turn), SHORT_TURN_STEPS);
    iterate();
    assert_int_equal(turn_begin(&turns, &turn), TURN_STEPS);
}

static void after_close_no_turn_is_added_and_each_has_enough_steps(void **state)
{
    struct worker worker = {.turn.run = work, .left = 1};

    (void)state;
    turn_begin(&turns, &worker.turn);
    turn_end(&turns, &worker.turn, 0);
    turns_close(&turns);
    assert_true(turn_begin(&turns, &worker.turn) > 1 << 30);
    turns_add(&turns, &worker.turn);
    turns_add_first(&turns, &worker.turn);
    assert_false(list_is_linked(&worker.turn.link));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(workers_take_turns_in_order_until_all_are_done),
        TEST(a_turn_that_adds_itself_waits_for_the_next_iteration),
        TEST(a_cancelled_turn_does_not_run),
        TEST(an_iteration_runs_turns_until_its_pot_is_empty_and_leaves_the_rest_in_order),
        TEST(a_turn_that_comes_first_runs_even_if_the_others_need_the_whole_pot),
        TEST(a_turn_that_waits_already_keeps_its_place),
        TEST(steps_are_given_once_in_each_phase),
        TEST(after_close_no_turn_is_added_and_each_has_enough_steps),
        TEST(turns_are_short_once_the_pot_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
