/* Sessions in line for a moment of their own, and how they leave it. */
#include <limits.h>

#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum { NONE = WORLD_CLIENTS };

static struct world world;
static struct buffer requests;

/* A request of more than two names takes turns. */
static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0))
        return -1;
    world.engine.limits.items_at_once = 2;
    return world_validate_all(&world);
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    buffer_free(&requests);
    return 0;
}

static enum stop feed(size_t client, long steps)
{
    return world_feed(&world, client, &requests, steps);
}

static enum stop go_on(size_t client)
{
    return world_continue(&world, client, LONG_MAX);
}

/* Client 0 is the first in line; the keys "a b c" are visible, but have not settled. */
static void begin_multi_set(void)
{
    add_multi_set(&requests, "a 1 b 2 c 3");
    assert_int_equal(feed(0, 4), STOP_TURN_OVER);
    assert_int_equal(world.engine.store.moment.phase, MOMENT_SETTLING);
}

static void begin_multi_get(size_t client)
{
    add_keys(&requests, OP_MULTI_GET, "a b c");
    assert_int_equal(feed(client, 4), STOP_PENDING);
}

static void requests_in_line_are_first_come_first_served(void **state)
{
    (void)state;
    begin_multi_set();
    begin_multi_get(2);
    begin_multi_get(1);
    assert_int_equal(world_take_ready(&world), NONE);
    assert_int_equal(go_on(1), STOP_PENDING);
    assert_int_equal(go_on(2), STOP_PENDING);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 2);
    assert_int_equal(world_take_ready(&world), NONE);
    assert_int_equal(go_on(1), STOP_PENDING);
    assert_int_equal(go_on(2), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 1);
    assert_int_equal(go_on(1), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), NONE);
}

static void a_shorter_request_goes_before_longer_ones_that_came_first(void **state)
{
    (void)state;
    begin_multi_set();
    add_keys(&requests, OP_MULTI_GET, "a b c d e f g h");
    assert_int_equal(feed(1, 4), STOP_PENDING);
    add_keys(&requests, OP_MULTI_GET, "a b c d e f g h");
    assert_int_equal(feed(2, 4), STOP_PENDING);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 1);
    begin_multi_get(3);
    assert_int_equal(go_on(1), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 3);
    assert_int_equal(go_on(3), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 2);
    assert_int_equal(go_on(2), STOP_NEEDS_BYTES);
}

/* Otherwise all in line would hold such memory. */
static void a_multi_set_in_line_has_not_prepared_its_pairs(void **state)
{
    const struct table *keys = &world.engine.store.keys.table;

    (void)state;
    begin_multi_set();
    add_multi_set(&requests, "d 1 e 2 f 3");
    assert_int_equal(feed(1, 100), STOP_PENDING);
    assert_int_equal(keys->nodes + keys->promised, 3);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 1);
    assert_int_equal(go_on(1), STOP_NEEDS_BYTES);
    assert_int_equal(store_count(&world.engine.store), 6);
}

static void a_multi_set_that_prepares_its_pairs_keeps_its_place(void **state)
{
    (void)state;
    begin_multi_set();
    add_multi_set(&requests, "d 1 e 2 f 3");
    assert_int_equal(feed(1, 100), STOP_PENDING);
    begin_multi_get(2);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 1);
    assert_int_equal(world_continue(&world, 1, 1), STOP_TURN_OVER);
    assert_int_equal(world_take_ready(&world), NONE);
    assert_true(session_must_go_on(&world.clients[1].session));
    assert_int_equal(go_on(1), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 2);
}

static void a_client_that_continues_before_it_is_called_is_not_called_later(void **state)
{
    (void)state;
    begin_multi_set();
    begin_multi_get(1);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(go_on(1), STOP_NEEDS_BYTES);
    add_multi_set(&requests, "a 1 b 2 c 3");
    assert_int_equal(feed(1, 4), STOP_TURN_OVER);
    assert_int_equal(world_take_ready(&world), NONE);
}

static void only_the_first_in_line_must_go_on(void **state)
{
    (void)state;
    begin_multi_set();
    begin_multi_get(1);
    assert_true(session_must_go_on(&world.clients[0].session));
    assert_false(session_must_go_on(&world.clients[1].session));
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_false(session_must_go_on(&world.clients[0].session));
    assert_true(session_must_go_on(&world.clients[1].session));
    assert_int_equal(go_on(1), STOP_NEEDS_BYTES);
    assert_false(session_must_go_on(&world.clients[1].session));
}

static void a_client_that_continues_without_steps_keeps_its_place(void **state)
{
    (void)state;
    begin_multi_set();
    add_bare(&requests, OP_GETNUMKEYS);
    assert_int_equal(feed(1, 100), STOP_PENDING);
    begin_multi_get(2);
    assert_int_equal(world_continue(&world, 1, 0), STOP_TURN_OVER);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 1);
    assert_int_equal(world_continue(&world, 1, 0), STOP_TURN_OVER);
    assert_true(session_must_go_on(&world.clients[1].session));
    assert_int_equal(go_on(1), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 2);
}

/* It would hold up others although it needs no moment of its own. */
static void a_check_after_a_request_that_was_in_line_is_not_in_line(void **state)
{
    (void)state;
    begin_multi_set();
    add_bare(&requests, OP_GETNUMKEYS);
    add_keys(&requests, OP_CHECK, "a b c");
    assert_int_equal(feed(1, 100), STOP_PENDING);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 1);
    assert_true(session_must_go_on(&world.clients[1].session));
    assert_int_equal(world_continue(&world, 1, 2), STOP_TURN_OVER);
    assert_false(session_must_go_on(&world.clients[1].session));
}

static void a_long_request_behind_a_short_one_does_not_get_its_place(void **state)
{
    (void)state;
    begin_multi_set();
    add_keys(&requests, OP_MULTI_GET, "a b c");
    assert_int_equal(feed(2, 4), STOP_PENDING);
    add_bare(&requests, OP_GETNUMKEYS);
    add_multi_set(&requests, "d 1 e 2 f 3 g 4 h 5");
    assert_int_equal(feed(1, 100), STOP_PENDING);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 1);
    assert_int_equal(go_on(1), STOP_TURN_OVER); /* GETNUMKEYS is answered */
    assert_int_equal(world_take_ready(&world), 2);
    assert_int_equal(go_on(1), STOP_PENDING);
    assert_int_equal(go_on(2), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 1);
    assert_int_equal(go_on(1), STOP_NEEDS_BYTES);
}

static void a_client_that_drops_its_pairs_in_turns_is_not_in_line(void **state)
{
    (void)state;
    add_multi_set(&requests, "d 1 e 2 f 3");
    assert_int_equal(feed(1, 3), STOP_TURN_OVER);
    begin_multi_get(2);
    assert_false(world_leave_in_turns(&world, 1, 1));
    assert_int_equal(world_take_ready(&world), 2);
    assert_int_equal(go_on(2), STOP_NEEDS_BYTES);
}

static void a_client_that_gives_up_its_wait_in_turns_is_not_in_line(void **state)
{
    (void)state;
    add_keys(&requests, OP_WAIT, "x y z");
    assert_int_equal(feed(1, 100), STOP_NEEDS_BYTES);
    begin_multi_set();
    add_bare(&requests, OP_CANCEL_WAIT);
    assert_int_equal(feed(1, 100), STOP_PENDING);
    begin_multi_get(2);
    assert_false(world_leave_in_turns(&world, 1, 1));
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), 2);
}

static void the_next_in_line_may_continue_when_the_first_leaves(void **state)
{
    (void)state;
    begin_multi_set();
    begin_multi_get(1);
    assert_false(world_leave_in_turns(&world, 0, 1));
    assert_int_equal(world_take_ready(&world), NONE);
    assert_false(world_leave_in_turns(&world, 0, 1));
    assert_true(world_leave_in_turns(&world, 0, 1));
    assert_int_equal(world_take_ready(&world), 1);
    assert_int_equal(store_count(&world.engine.store), 3);
}

static void the_next_in_line_may_continue_when_one_that_is_ready_leaves(void **state)
{
    (void)state;
    begin_multi_set();
    begin_multi_get(1);
    begin_multi_get(2);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    world_leave(&world, 1);
    assert_int_equal(world_take_ready(&world), 2);
}

/* It costs every request of others a little. */
static void the_gate_is_open_when_no_moment_is_in_progress(void **state)
{
    const struct engine *engine = &world.engine;

    (void)state;
    begin_multi_set();
    assert_true(engine->begin != engine->execute);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_true(engine->begin == engine->execute);
    begin_multi_set();
    world_leave(&world, 0);
    assert_true(engine->begin == engine->execute);
}

/* The bytes of a request in line find no memory beside a reply, so that it begins anew. */
static void a_request_that_is_fed_again_is_not_in_line(void **state)
{
    (void)state;
    begin_multi_set();
    add_word(&requests, OP_PING, 1);
    add_bare(&requests, OP_GETNUMKEYS);
    assert_int_equal(outbox_prepare(&world.outbox, world.outbox.fill_size), 0);
    allocator_refuse(&world.allocator, 1);
    assert_int_equal(feed(1, 100), STOP_NEEDS_BYTES);
    assert_int_equal(world.effects.left, 1);
    allocator_refuse_none(&world.allocator);
    assert_int_equal(go_on(0), STOP_NEEDS_BYTES);
    assert_int_equal(world_take_ready(&world), NONE);
    assert_null(world.engine.line.first);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(requests_in_line_are_first_come_first_served),
        TEST(a_shorter_request_goes_before_longer_ones_that_came_first),
        TEST(a_multi_set_in_line_has_not_prepared_its_pairs),
        TEST(a_multi_set_that_prepares_its_pairs_keeps_its_place),
        TEST(a_client_that_continues_before_it_is_called_is_not_called_later),
        TEST(only_the_first_in_line_must_go_on),
        TEST(a_client_that_continues_without_steps_keeps_its_place),
        TEST(a_check_after_a_request_that_was_in_line_is_not_in_line),
        TEST(a_long_request_behind_a_short_one_does_not_get_its_place),
        TEST(a_client_that_drops_its_pairs_in_turns_is_not_in_line),
        TEST(a_client_that_gives_up_its_wait_in_turns_is_not_in_line),
        TEST(the_next_in_line_may_continue_when_the_first_leaves),
        TEST(the_next_in_line_may_continue_when_one_that_is_ready_leaves),
        TEST(the_gate_is_open_when_no_moment_is_in_progress),
        TEST(a_request_that_is_fed_again_is_not_in_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
