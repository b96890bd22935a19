/* Deadlines on a loop in this thread. None of them is long. */
#include "server/deadlines.h"

#include "base/container.h"
#include "support/test.h"

enum {
    TIMEOUT_MS = 20,
    GUESTS = 200,
};

struct guest {
    struct deadline deadline;
    int number;
};

static uv_loop_t loop;
static struct deadlines deadlines;
static int expired[GUESTS];
static int expired_count;
static int reads_before_expiry;

static void on_expired(struct deadline *deadline)
{
    expired[expired_count++] = CONTAINER_OF(deadline, struct guest, deadline)->number;
}

static int set_up(void **state)
{
    (void)state;
    expired_count = 0;
    if (uv_loop_init(&loop))
        return -1;
    deadlines_init(&deadlines, &loop, TIMEOUT_MS, on_expired);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    deadlines_close(&deadlines);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static void deadlines_expire_in_the_order_of_their_start(void **state)
{
    struct guest first = {.number = 1};
    struct guest second = {.number = 2};
    uint64_t begun = uv_now(&loop);

    (void)state;
    deadlines_start(&deadlines, &first.deadline);
    deadlines_start(&deadlines, &second.deadline);
    uv_run(&loop, UV_RUN_DEFAULT); /* ends: no deadline is left */
    assert_int_equal(expired_count, 2);
    assert_int_equal(expired[0], 1);
    assert_int_equal(expired[1], 2);
    assert_true(uv_now(&loop) - begun >= TIMEOUT_MS);
}

static void a_later_deadline_does_not_postpone_an_earlier_one(void **state)
{
    struct guest first = {.number = 1};
    struct guest second = {.number = 2};

    (void)state;
    deadlines_start(&deadlines, &first.deadline);
    assert_true(first.deadline.at == uv_now(&loop) + TIMEOUT_MS);
    uv_sleep(TIMEOUT_MS / 4);
    uv_update_time(&loop);
    deadlines_start(&deadlines, &second.deadline);
    assert_true(second.deadline.at > first.deadline.at);
    assert_true(uv_timer_get_due_in(&deadlines.timer) < second.deadline.at - uv_now(&loop));
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(expired_count, 2);
}

static void a_cancelled_deadline_does_not_expire_and_delays_no_other(void **state)
{
    struct guest first = {.number = 1};
    struct guest second = {.number = 2};

    (void)state;
    deadlines_start(&deadlines, &first.deadline);
    deadlines_start(&deadlines, &second.deadline);
    deadline_cancel(&first.deadline);
    deadline_cancel(&first.deadline); /* not started: fine */
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(expired_count, 1);
    assert_int_equal(expired[0], 2);
}

static void a_deadline_starts_again_after_it_has_expired(void **state)
{
    struct guest guest = {.number = 1};

    (void)state;
    deadlines_start(&deadlines, &guest.deadline);
    uv_run(&loop, UV_RUN_DEFAULT);
    deadlines_start(&deadlines, &guest.deadline);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(expired_count, 2);
}

static void on_check(uv_check_t *check)
{
    int *iterations = check->data;

    *iterations += 1;
}

/* Expiring disconnects a client, which takes time. An iteration of libuv may look at its timers
 * twice, and 32 deadlines expire each time. */
static void many_deadlines_expire_in_several_iterations(void **state)
{
    struct guest guests[GUESTS] = {{.number = 0}};
    static uv_check_t check; /* closed after the test */
    int iterations = 0;

    (void)state;
    uv_check_init(&loop, &check);
    check.data = &iterations;
    for (int i = 0; i < GUESTS; i++)
        deadlines_start(&deadlines, &guests[i].deadline);
    while (expired_count == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_true(expired_count < GUESTS / 2);
    uv_check_start(&check, on_check);
    uv_unref((uv_handle_t *)&check);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(expired_count, GUESTS);
    assert_true(iterations >= 2);
    uv_close((uv_handle_t *)&check, NULL);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    reads_before_expiry += expired_count == 0;
    uv_poll_stop(poll);
}

/* As after a SIGSTOP: the time is up before the loop has looked at the socket. */
static void the_loop_reads_once_more_before_a_late_deadline_expires(void **state)
{
    struct guest guest = {.number = 1};
    uv_poll_t poll;
    int pipe_fds[2];

    (void)state;
    reads_before_expiry = 0;
    assert_int_equal(pipe(pipe_fds), 0);
    assert_int_equal(uv_poll_init(&loop, &poll, pipe_fds[0]), 0);
    uv_poll_start(&poll, UV_READABLE, on_readable);
    deadlines_start(&deadlines, &guest.deadline);
    assert_int_equal(write(pipe_fds[1], "x", 1), 1);
    uv_sleep(2 * TIMEOUT_MS); /* the stop itself, not a wait for an event */
    uv_update_time(&loop);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(reads_before_expiry, 1);
    assert_int_equal(expired_count, 1);
    uv_close((uv_handle_t *)&poll, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(deadlines_expire_in_the_order_of_their_start),
        TEST(a_later_deadline_does_not_postpone_an_earlier_one),
        TEST(a_cancelled_deadline_does_not_expire_and_delays_no_other),
        TEST(a_deadline_starts_again_after_it_has_expired),
        TEST(many_deadlines_expire_in_several_iterations),
        TEST(the_loop_reads_once_more_before_a_late_deadline_expires),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
