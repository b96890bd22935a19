/* Bytes that a session has received and not executed: where they lie, and whose memory they
 * take.
 */
#include <stdlib.h>

#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

/* Client 0 may use a reserve that the store may not. */
static struct world world;
static struct memory local;
static struct session *const session = &world.clients[0].session;
static struct effects effects;
static struct buffer bytes;

static int set_up(void **state)
{
    (void)state;
    if (world_init(&world, 0))
        return -1;
    memory_share(&local, &world.memory, SIZE_MAX / 2);
    engine_enter(session, &local);
    effects_init(&effects, &world.outbox);
    return world_validate(&world, 0);
}

static int tear_down(void **state)
{
    (void)state;
    outbox_clear(&world.outbox);
    world_done(&world);
    buffer_free(&bytes);
    bytes = (struct buffer){0};
    return 0;
}

/* Feeds all but the last `held_back` bytes of `bytes`, and empties it. */
static enum stop feed_all_but(size_t held_back)
{
    enum stop stop = session_feed(
        &world.engine, session, span_of(bytes.bytes, bytes.len - held_back), &effects);

    buffer_clear(&bytes);
    return stop;
}

static enum stop next_turn(void)
{
    outbox_clear(&world.outbox);
    return session_continue(&world.engine, session, &effects);
}

static void add_set(const char *key)
{
    add_valued(&bytes, OP_SET, key, text("value"));
}

static void an_unfinished_request_takes_memory_of_its_client(void **state)
{
    (void)state;
    add_keyed(&bytes, OP_GET, "key");
    feed_all_but(1);
    assert_ptr_equal(session->input.blob->memory, &local);
}

static void an_unfinished_request_with_a_value_takes_memory_of_the_store(void **state)
{
    (void)state;
    add_set("key");
    feed_all_but(1);
    assert_ptr_equal(session->input.blob->memory, &world.memory);
}

static void a_request_with_a_value_that_becomes_the_first_moves_to_memory_of_the_store(
    void **state)
{
    (void)state;
    world.engine.limits.reply_bytes = 0;
    add_word(&bytes, OP_PING, 1);
    add_word(&bytes, OP_PING, 2);
    add_set("key");
    assert_int_equal(feed_all_but(1), STOP_TURN_OVER);
    assert_ptr_equal(session->input.blob->memory, &local);
    assert_int_equal(next_turn(), STOP_TURN_OVER);
    assert_ptr_equal(session->input.blob->memory, &world.memory);
}

static void a_request_without_a_value_that_becomes_the_first_moves_to_memory_of_its_client(
    void **state)
{
    (void)state;
    world.engine.limits.reply_bytes = 0;
    add_word(&bytes, OP_PING, 1);
    add_set("key");
    add_keyed(&bytes, OP_GET, "key");
    assert_int_equal(feed_all_but(1), STOP_TURN_OVER);
    assert_ptr_equal(session->input.blob->memory, &world.memory);
    assert_int_equal(next_turn(), STOP_NEEDS_BYTES);
    assert_ptr_equal(session->input.blob->memory, &local);
}

/* The request is longer than what was executed before it, so that removing that would overwrite
 * the key. */
static void a_refusal_in_a_later_turn_names_the_key_of_its_request(void **state)
{
    static const char value[100];

    (void)state;
    world.engine.limits.reply_bytes = 0;
    world.engine.limits.appended_bytes = 10;
    add_word(&bytes, OP_PING, 1);
    add_set("k");
    add_valued(&bytes, OP_APPEND, "long", span_of(value, sizeof(value)));
    assert_int_equal(feed_all_but(0), STOP_TURN_OVER);
    assert_int_equal(next_turn(), STOP_REFUSED);
    assert_int_equal(effects.refusal.code, TCPSTORE_EVALUESIZE);
    assert_span_is(effects.refusal.key, "long");
}

static bool has_room_if_it_lacks(size_t lacking)
{
    static const char value[100000];
    bool has_room;

    add_valued(&bytes, OP_SET, "key", span_of(value, sizeof(value)));
    assert_int_equal(feed_all_but(lacking), STOP_NEEDS_BYTES);
    has_room = session_room(&world.engine, session).bytes != NULL;
    world_leave(&world, 0);
    engine_enter(session, &local);
    add_word(&bytes, OP_VALIDATE, MAGIC);
    assert_int_equal(feed_all_but(0), STOP_NEEDS_BYTES);
    return has_room;
}

static void a_session_has_room_only_for_a_request_that_lacks_enough(void **state)
{
    const size_t enough = world.engine.limits.room_bytes;

    (void)state;
    assert_null(session_room(&world.engine, session).bytes);
    assert_false(has_room_if_it_lacks(1));
    assert_false(has_room_if_it_lacks(enough - 1));
    assert_true(has_room_if_it_lacks(enough));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_unfinished_request_takes_memory_of_its_client),
        TEST(an_unfinished_request_with_a_value_takes_memory_of_the_store),
        TEST(a_request_with_a_value_that_becomes_the_first_moves_to_memory_of_the_store),
        TEST(a_request_without_a_value_that_becomes_the_first_moves_to_memory_of_its_client),
        TEST(a_refusal_in_a_later_turn_names_the_key_of_its_request),
        TEST(a_session_has_room_only_for_a_request_that_lacks_enough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
