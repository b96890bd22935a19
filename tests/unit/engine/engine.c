/* What clients' requests mean together, without sockets. */
#include <stdlib.h>

#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

#define REPLY(bytes) span_of(bytes, sizeof(bytes) - 1)
#define NOTHING span_of(NULL, 0)

static const char stop_waiting[] = "\0";
static const char canceled[] = "\1";
#define STOP REPLY(stop_waiting)
#define CANCELED REPLY(canceled)

static struct world world;
static struct buffer requests;

static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0))
        return -1;
    return world_validate_all(&world);
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    buffer_free(&requests);
    return 0;
}

static void send_to(size_t client)
{
    assert_int_equal(world_send(&world, client, &requests), 0);
}

static void set(size_t client, const char *key, const char *value)
{
    add_valued(&requests, OP_SET, key, text(value));
    send_to(client);
}

static void wait_for(size_t client, const char *keys)
{
    add_keys(&requests, OP_WAIT, keys);
    send_to(client);
}

static void barrier(size_t client, const char *key, int64_t size)
{
    add_numbered(&requests, OP_BARRIER, key, size);
    send_to(client);
}

static void cancel(size_t client)
{
    add_bare(&requests, OP_CANCEL_WAIT);
    send_to(client);
    world_expect(&world, client, CANCELED);
}

static void push(size_t client, const char *queue)
{
    add_valued(&requests, OP_QUEUE_PUSH, queue, text("entry"));
    send_to(client);
}

static struct name named(const char *key)
{
    return store_name(&world.engine.store, text(key));
}

static void assert_value(const char *key, const char *value)
{
    assert_span_is(store_get(&world.engine.store, named(key)).span, value);
}

static void assert_refused(size_t client, int code)
{
    assert_int_equal(world_send(&world, client, &requests), code);
    assert_int_equal(world.refusal.code, code);
}

static void an_operation_before_validate_is_refused_at_its_first_byte(void **state)
{
    (void)state;
    world_leave(&world, 0);
    add_word(&requests, OP_PING, 1);
    assert_refused(0, TCPSTORE_ENOTVALIDATED);
    add_word(&requests, OP_VALIDATE, MAGIC + 1);
    assert_refused(0, TCPSTORE_EMAGIC);
}

static void a_second_validate_is_refused(void **state)
{
    (void)state;
    add_word(&requests, OP_VALIDATE, MAGIC);
    assert_refused(0, TCPSTORE_ESTATE);
}

static void an_unknown_operation_is_refused_without_a_name(void **state)
{
    (void)state;
    buffer_add(&requests, text("\xff"));
    assert_refused(0, TCPSTORE_EOPCODE);
    assert_string_equal(world.refusal.operation, "unknown");
}

static void requests_before_a_refusal_take_effect_and_are_answered(void **state)
{
    (void)state;
    add_valued(&requests, OP_SET, "n", text("x"));
    add_word(&requests, OP_PING, 0x04030201);
    add_numbered(&requests, OP_ADD, "n", 1);
    assert_refused(0, TCPSTORE_ENOTANUMBER);
    assert_span_is(world.refusal.key, "n");
    world_expect(&world, 0, REPLY("\1\2\3\4"));
    assert_value("n", "x");
}

static void waiters_are_released_in_the_order_in_which_their_keys_are_complete(void **state)
{
    (void)state;
    wait_for(0, "a b");
    wait_for(1, "a a");
    wait_for(2, "b");
    set(3, "a", "1");
    world_expect(&world, 1, STOP);
    world_expect(&world, 0, NOTHING);
    set(3, "b", "1");
    world_expect(&world, 0, STOP);
    world_expect(&world, 2, STOP);
}

static void a_key_deleted_during_a_wait_stays_ticked_off(void **state)
{
    (void)state;
    wait_for(0, "x y");
    set(1, "x", "");
    add_keyed(&requests, OP_DELETE_KEY, "x");
    send_to(1);
    set(1, "y", "");
    world_expect(&world, 0, STOP);
}

static void a_wait_for_no_keys_is_satisfied_immediately(void **state)
{
    (void)state;
    wait_for(0, "");
    world_expect(&world, 0, STOP);
}

static void a_wait_for_a_few_names_that_another_waits_for_allocates_once(void **state)
{
    size_t before;

    (void)state;
    wait_for(0, "a b c d");
    before = world.allocator.requests;
    wait_for(1, "a b c d");
    assert_int_equal(world.allocator.requests, before + 1);
}

static void a_write_that_releases_its_own_client_replies_to_the_wait_first(void **state)
{
    (void)state;
    add_keys(&requests, OP_WAIT, "k");
    add_numbered(&requests, OP_ADD, "k", 5);
    send_to(0);
    world_expect(&world, 0, REPLY("\0\5\0\0\0\0\0\0\0"));
}

static void a_cancelled_wait_is_never_released(void **state)
{
    (void)state;
    wait_for(0, "k l");
    cancel(0);
    set(1, "k", "");
    set(1, "l", "");
    world_expect(&world, 0, NOTHING);
    assert_int_equal(world.engine.store.waits.table.nodes, 0);
}

static void a_second_wait_is_refused(void **state)
{
    (void)state;
    wait_for(0, "k");
    add_keys(&requests, OP_WAIT, "l");
    assert_refused(0, TCPSTORE_EWAITING);
    wait_for(1, "k");
    add_numbered(&requests, OP_BARRIER, "b", 2);
    assert_refused(1, TCPSTORE_EWAITING);
    assert_false(store_has(&world.engine.store, named("b")));
}

static void a_compare_set_that_stores_nothing_still_releases_waiters(void **state)
{
    (void)state;
    wait_for(0, "k");
    add_compare_set(&requests, "k", text("e"), text("d"));
    send_to(1);
    world_expect(&world, 0, STOP);
    world_expect(&world, 1, REPLY("\1\0\0\0\0\0\0\0e"));
    assert_false(store_has(&world.engine.store, named("k")));
}

static void a_multi_set_releases_waiters_after_all_its_keys_are_stored(void **state)
{
    (void)state;
    wait_for(0, "a");
    add_multi_set(&requests, "a 1 b 2 a 3");
    send_to(1);
    world_expect(&world, 0, STOP);
    assert_value("a", "3");
    assert_value("b", "2");
}

static void a_push_releases_one_waiter_and_skips_those_that_miss_other_keys(void **state)
{
    (void)state;
    wait_for(0, "q m");
    wait_for(1, "q");
    wait_for(2, "q");
    push(3, "q");
    world_expect(&world, 0, NOTHING);
    world_expect(&world, 1, STOP);
    world_expect(&world, 2, NOTHING);
    push(3, "q");
    world_expect(&world, 2, STOP);
    set(3, "m", "");
    world_expect(&world, 0, STOP);
}

static void a_queue_is_first_in_first_out_up_to_its_limit(void **state)
{
    (void)state;
    add_valued(&requests, OP_QUEUE_PUSH, "q", text("1"));
    add_valued(&requests, OP_QUEUE_PUSH, "q", text("2"));
    send_to(0);
    add_valued(&requests, OP_QUEUE_PUSH, "q", text("3"));
    assert_refused(1, TCPSTORE_EQUEUEFULL);
    assert_int_equal(world.refusal.limit, 2);
    for (int i = 0; i < 3; i++)
        add_keyed(&requests, OP_QUEUE_POP, "q");
    send_to(0);
    world_expect(
        &world, 0,
        REPLY("\2\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0001"
              "\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0002"
              "\0\0\0\0\0\0\0\0"));
    assert_int_equal(world.engine.store.queues.table.nodes, 0);
}

static void the_last_client_at_a_barrier_releases_all(void **state)
{
    (void)state;
    wait_for(0, "b");
    barrier(1, "b", 3);
    barrier(2, "b", 3);
    world_expect(&world, 0, NOTHING);
    assert_value("b", "2");
    barrier(3, "b", 3);
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        world_expect(&world, i, STOP);
    barrier(0, "b", 3);
    world_expect(&world, 0, STOP);
    assert_value("b", "4");
}

static void cancelling_a_barrier_takes_its_count_back(void **state)
{
    (void)state;
    barrier(0, "b", 3);
    barrier(1, "b", 3);
    cancel(0);
    assert_value("b", "1");
    world_leave(&world, 1);
    assert_value("b", "0");
    barrier(2, "b", 2);
    world_expect(&world, 2, NOTHING);
    barrier(3, "b", 2);
    world_expect(&world, 2, STOP);
    world_expect(&world, 3, STOP);
}

static void cancelling_after_the_barrier_was_deleted_takes_nothing_back(void **state)
{
    (void)state;
    barrier(0, "b", 2);
    add_keyed(&requests, OP_DELETE_KEY, "b");
    send_to(3);
    barrier(1, "b", 2);
    cancel(0);
    assert_value("b", "1");
    barrier(2, "b", 2);
    world_expect(&world, 1, STOP);
    world_expect(&world, 2, STOP);
}

static void a_set_of_a_barrier_releases_it_and_stores_the_value(void **state)
{
    (void)state;
    barrier(0, "b", 2);
    set(1, "b", "7");
    world_expect(&world, 0, STOP);
    world_leave(&world, 0);
    assert_value("b", "7");
}

static void a_barrier_whose_count_would_overflow_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    set(0, "b", "9223372036854775807");
    add_numbered(&requests, OP_BARRIER, "b", 2);
    assert_refused(1, TCPSTORE_ERANGE);
    assert_value("b", "9223372036854775807");
    assert_int_equal(world.engine.store.waits.table.nodes, 0);
}

static void an_append_to_more_than_the_limit_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    world.engine.limits.appended_bytes = 10;
    add_valued(&requests, OP_APPEND, "k", text("123456"));
    add_valued(&requests, OP_APPEND, "k", text("7890"));
    send_to(0);
    assert_value("k", "1234567890");
    add_valued(&requests, OP_APPEND, "k", text("+"));
    assert_refused(0, TCPSTORE_EVALUESIZE);
    assert_int_equal(world.refusal.actual, 11);
    assert_int_equal(world.refusal.limit, 10);
    assert_non_null(world.refusal.advice);
    assert_value("k", "1234567890");
}

static void a_refusal_keeps_nothing_of_an_earlier_refusal(void **state)
{
    struct effects effects;

    (void)state;
    world.engine.limits.appended_bytes = 1;
    effects_init(&effects, &world.outbox);
    add_valued(&requests, OP_APPEND, "k", text("12"));
    assert_int_equal(
        session_feed(
            &world.engine, &world.clients[0].session, buffer_span(&requests), &effects),
        STOP_REFUSED);
    assert_int_equal(effects.refusal.limit, 1);
    buffer_clear(&requests);
    add_word(&requests, OP_VALIDATE, MAGIC);
    assert_int_equal(
        session_feed(
            &world.engine, &world.clients[1].session, buffer_span(&requests), &effects),
        STOP_REFUSED);
    assert_int_equal(effects.refusal.code, TCPSTORE_ESTATE);
    assert_int_equal(effects.refusal.limit, 0);
    assert_null(effects.refusal.advice);
}

static void set_large(size_t size)
{
    char *value = calloc(1, size);

    assert_non_null(value);
    add_valued(&requests, OP_SET, "k", span_of(value, size));
    send_to(0);
    free(value);
}

/* Feeds the requests, without emptying them, to the client 0. */
static enum stop feed(struct effects *effects)
{
    effects_init(effects, &world.outbox);
    return session_feed(
        &world.engine, &world.clients[0].session, buffer_span(&requests), effects);
}

static enum stop go_on(struct effects *effects)
{
    return session_continue(&world.engine, &world.clients[0].session, effects);
}

static void expect_reply_bytes(size_t bytes)
{
    assert_int_equal(world.outbox.bytes, bytes);
    outbox_clear(&world.outbox);
}

static void replies_past_the_limit_end_the_turn_and_the_next_goes_on(void **state)
{
    enum { SIZE = 300 * 1024, GETS = 10 };
    struct effects effects;

    (void)state;
    set_large(SIZE);
    for (int i = 0; i < GETS; i++)
        add_keyed(&requests, OP_GET, "k");
    assert_int_equal(feed(&effects), STOP_TURN_OVER);
    expect_reply_bytes(4 * (8 + (size_t)SIZE));
    assert_int_equal(go_on(&effects), STOP_TURN_OVER);
    expect_reply_bytes(4 * (8 + (size_t)SIZE));
    assert_int_equal(go_on(&effects), STOP_NEEDS_BYTES);
    expect_reply_bytes(2 * (8 + (size_t)SIZE));
}

static void replies_past_the_limit_without_a_further_request_do_not_end_the_turn(void **state)
{
    enum { SIZE = 2 << 20 };
    struct effects effects;

    (void)state;
    set_large(SIZE);
    add_keyed(&requests, OP_GET, "k");
    assert_int_equal(feed(&effects), STOP_NEEDS_BYTES);
    expect_reply_bytes(8 + (size_t)SIZE);
}

static void bytes_fed_after_the_turn_are_kept_for_the_next(void **state)
{
    enum { SIZE = 2 << 20 };
    struct effects effects;

    (void)state;
    set_large(SIZE);
    add_keyed(&requests, OP_GET, "k");
    add_word(&requests, OP_PING, 0x04030201);
    assert_int_equal(feed(&effects), STOP_TURN_OVER);
    expect_reply_bytes(8 + (size_t)SIZE);
    assert_int_equal(feed(&effects), STOP_TURN_OVER);
    expect_reply_bytes(0);
    assert_int_equal(go_on(&effects), STOP_TURN_OVER);
    expect_reply_bytes(4 + 8 + (size_t)SIZE);
    assert_int_equal(go_on(&effects), STOP_NEEDS_BYTES);
    expect_reply_bytes(4);
}

static void a_large_value_is_kept_where_it_was_received(void **state)
{
    enum { SIZE = 100000 };
    const struct store *store = &world.engine.store;
    struct slice received, stored;
    char *value = calloc(1, SIZE);

    (void)state;
    assert_non_null(value);
    add_valued(&requests, OP_SET, "k", span_of(value, SIZE));
    assert_int_equal(world_send_in_place(&world, 0, &requests), 0);
    received = store_get(store, named("k"));
    assert_true(received.span.bytes > received.blob->bytes); /* behind the request's head */
    blob_retain(received.blob);

    add_valued(&requests, OP_APPEND, "k", text("more"));
    send_to(0);
    stored = store_get(store, named("k"));
    assert_int_equal(stored.span.len, SIZE + 4);
    assert_ptr_not_equal(stored.blob, received.blob); /* a shared blob does not change */
    assert_int_equal(received.blob->owners, 1);
    blob_release(received.blob);
    free(value);
}

/* The key is missing, so the reply is the expected value, which is too long for the room that
 * every request reserves. */
static void a_compare_set_without_memory_for_its_reply_releases_no_waiter(void **state)
{
    static char large[5000];
    size_t refused = 0;

    (void)state;
    wait_for(1, "k");
    for (;;) {
        add_compare_set(&requests, "k", span_of(large, sizeof(large)), text("desired"));
        allocator_refuse(&world.allocator, ++refused);
        if (world_send(&world, 0, &requests) == 0)
            break;
        assert_int_equal(world.refusal.code, TCPSTORE_ENOMEM);
        world_expect(&world, 1, NOTHING);
        allocator_refuse_none(&world.allocator);
        buffer_clear(&world.clients[0].replies);
        add_word(&requests, OP_VALIDATE, MAGIC);
        send_to(0);
    }
    assert_true(refused > 1);
    world_expect(&world, 1, STOP);
    allocator_refuse_none(&world.allocator);
}

/* One script that takes every path that allocates, client by client. */
static void add_step(struct buffer *buffer, int step, size_t *ret_client)
{
    static char large[70000];

    *ret_client = (size_t)step % WORLD_CLIENTS;
    if (step < WORLD_CLIENTS) {
        add_word(buffer, OP_VALIDATE, MAGIC);
        return;
    }
    switch (step) {
    case 4: /* the first that is replied to */
        add_numbered(buffer, OP_ADD, "counter", 1);
        break;
    case 8:
        add_keys(buffer, OP_WAIT, "a b c");
        break;
    case 5:
        add_numbered(buffer, OP_BARRIER, "bar", 2);
        break;
    case 6:
        add_valued(buffer, OP_SET, "large", span_of(large, sizeof(large)));
        break;
    case 7:
        add_multi_set(buffer, "m 1 n 2 o 3");
        break;
    case 10:
        add_valued(buffer, OP_QUEUE_PUSH, "q", text("entry"));
        break;
    case 11:
        add_numbered(buffer, OP_ADD, "counter", 1);
        break;
    case 14:
        add_valued(buffer, OP_APPEND, "large", span_of(large, sizeof(large)));
        break;
    case 15:
        add_valued(buffer, OP_APPEND, "m", span_of(large, 900));
        break;
    case 18:
        add_compare_set(buffer, "m2", text(""), span_of(large, 600));
        break;
    case 19:
        add_valued(buffer, OP_APPEND, "m", span_of(large, 900));
        break;
    case 22:
        add_keys(buffer, OP_MULTI_GET, "large m n");
        break;
    case 23:
        add_keyed(buffer, OP_QUEUE_POP, "q");
        break;
    case 26:
        add_bare(buffer, OP_LIST_KEYS);
        break;
    case 27:
        add_multi_set(buffer, "a 1 b 2 c 3");
        break;
    default:
        add_word(buffer, OP_PING, 1);
        break;
    }
}

enum { STEPS = 28 };

/* Plays the script with that allocation refused. Returns whether the script allocated so often.
 */
static bool play(size_t refused)
{
    struct world play = {0};
    struct buffer step_bytes = {0}, before = {0}, after = {0};
    bool all_validated = true;
    int code = world_init(&play, refused);

    if (code) {
        assert_int_equal(code, TCPSTORE_ENOMEM);
        allocator_check_empty(&play.allocator, &play.memory);
        return true;
    }
    for (int step = 0; step < STEPS; step++) {
        size_t client;

        add_step(&step_bytes, step, &client);
        if (!play.clients[client].session.validated && step >= WORLD_CLIENTS) {
            buffer_clear(&step_bytes); /* it was refused memory and has left */
            all_validated = false;
            continue;
        }
        world_dump(&play, &before);
        code = world_send(&play, client, &step_bytes);
        if (code == 0)
            continue;
        assert_int_equal(code, TCPSTORE_ENOMEM);
        world_dump(&play, &after);
        assert_spans_equal(buffer_span(&after), buffer_span(&before));
    }
    assert_true(all_validated || play.allocator.refused > 0);
    code = play.allocator.refused > 0;
    world_done(&play);
    buffer_free(&step_bytes);
    buffer_free(&before);
    buffer_free(&after);
    return code;
}

static void a_request_refused_memory_changes_nothing(void **state)
{
    size_t refused = 1;

    (void)state;
    while (play(refused))
        refused++;
    assert_true(refused > 20); /* the script does allocate */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_operation_before_validate_is_refused_at_its_first_byte),
        TEST(a_second_validate_is_refused),
        TEST(an_unknown_operation_is_refused_without_a_name),
        TEST(requests_before_a_refusal_take_effect_and_are_answered),
        TEST(waiters_are_released_in_the_order_in_which_their_keys_are_complete),
        TEST(a_key_deleted_during_a_wait_stays_ticked_off),
        TEST(a_wait_for_no_keys_is_satisfied_immediately),
        TEST(a_wait_for_a_few_names_that_another_waits_for_allocates_once),
        TEST(a_write_that_releases_its_own_client_replies_to_the_wait_first),
        TEST(a_cancelled_wait_is_never_released),
        TEST(a_second_wait_is_refused),
        TEST(a_compare_set_that_stores_nothing_still_releases_waiters),
        TEST(a_compare_set_without_memory_for_its_reply_releases_no_waiter),
        TEST(a_multi_set_releases_waiters_after_all_its_keys_are_stored),
        TEST(a_push_releases_one_waiter_and_skips_those_that_miss_other_keys),
        TEST(a_queue_is_first_in_first_out_up_to_its_limit),
        TEST(the_last_client_at_a_barrier_releases_all),
        TEST(cancelling_a_barrier_takes_its_count_back),
        TEST(cancelling_after_the_barrier_was_deleted_takes_nothing_back),
        TEST(a_set_of_a_barrier_releases_it_and_stores_the_value),
        TEST(a_barrier_whose_count_would_overflow_is_refused_and_changes_nothing),
        TEST(an_append_to_more_than_the_limit_is_refused_and_changes_nothing),
        TEST(a_refusal_keeps_nothing_of_an_earlier_refusal),
        TEST(replies_past_the_limit_end_the_turn_and_the_next_goes_on),
        TEST(replies_past_the_limit_without_a_further_request_do_not_end_the_turn),
        TEST(bytes_fed_after_the_turn_are_kept_for_the_next),
        TEST(a_large_value_is_kept_where_it_was_received),
        cmocka_unit_test(a_request_refused_memory_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
