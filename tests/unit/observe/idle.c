/* What looks at the server from time to time lets its loop sleep while no client is connected.
 */
#include <uv.h>

#include "observe/lag.h"
#include "observe/slow_waits.h"
#include "support/test.h"

static uv_loop_t loop;
static struct lag lag;
static struct slow_waits slow_waits;
static struct census census;

static int set_up(void **state)
{
    (void)state;
    if (uv_loop_init(&loop))
        return -1;
    lag_init(&lag, &loop);
    slow_waits_init(&slow_waits, &loop, &census, NULL, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    lag_close(&lag);
    slow_waits_close(&slow_waits);
    lag_set_busy(&lag, true);
    slow_waits_set_busy(&slow_waits, true, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static void lag_is_measured_while_it_is_busy(void **state)
{
    (void)state;
    assert_false(uv_loop_alive(&loop));
    lag_set_busy(&lag, true);
    assert_true(uv_loop_alive(&loop));
    lag_set_busy(&lag, false);
    assert_false(uv_loop_alive(&loop));
}

static void waits_are_looked_at_while_it_is_busy(void **state)
{
    (void)state;
    assert_false(uv_loop_alive(&loop));
    slow_waits_set_busy(&slow_waits, true, 0);
    assert_true(uv_loop_alive(&loop));
    slow_waits_set_busy(&slow_waits, false, 0);
    assert_false(uv_loop_alive(&loop));
}

static void answer(size_t clients)
{
    slow_waits.answer = (struct waits_found){.clients = clients, .longest_ms = 5000};
    slow_waits.question.answered(&slow_waits.question, 0);
}

static void waits_of_clients_that_have_left_are_forgotten(void **state)
{
    (void)state;
    slow_waits_set_busy(&slow_waits, true, 0);
    answer(3);
    assert_int_equal(slow_waits.latest.clients, 3);
    slow_waits_set_busy(&slow_waits, false, 0);
    assert_int_equal(slow_waits.latest.clients, 0);
    assert_int_equal(slow_waits.latest.longest_ms, -1);
    answer(2);
    assert_int_equal(slow_waits.latest.clients, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lag_is_measured_while_it_is_busy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            waits_are_looked_at_while_it_is_busy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            waits_of_clients_that_have_left_are_forgotten, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
