/* Engines that are restored from images which the test writes itself, right ones and damaged
 * ones. tests/sim restores the images of engines that clients have used. */
#include <limits.h>

#include "replica/engine_image.h"
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum { VERSION = 1, VALIDATED = 1, KNOWN = 2, STOP_WAITING = 0 };
enum kind { OF_SESSION, COUNTED, OF_CROWD, IN_CROWD };

static struct world world;
static struct buffer image;
static struct buffer bytes;

static int set_up(void **state)
{
    (void)state;
    return world_init(&world, 0);
}

static int tear_down(void **state)
{
    (void)state;
    world_done(&world);
    buffer_free(&image);
    buffer_free(&bytes);
    return 0;
}

static void add_name(struct span name)
{
    buffer_add_u32(&image, (uint32_t)name.len);
    buffer_add(&image, name);
}

static void begin_image(uint32_t version)
{
    buffer_add_u32(&image, version);
    buffer_add_u32(&image, 0); /* operations */
}

static void add_session(uint8_t flags, const char *input)
{
    buffer_add_u8(&image, flags);
    buffer_add_u64(&image, 0);
    add_name(text(""));        /* the first key */
    buffer_add_u32(&image, 0); /* the size of its barrier */
    buffer_add_sized(&image, text(input));
}

/* A session for each client. */
static void add_sessions(void)
{
    buffer_add_u32(&image, WORLD_CLIENTS);
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        add_session(VALIDATED | KNOWN, "");
}

static void add_no_waits(void)
{
    buffer_add_u32(&image, 0);
    buffer_add_u64(&image, 100);
    buffer_add_u64(&image, 0);
}

/* Without keys and queues. */
static void begin_waits(uint32_t crowds, uint64_t waits)
{
    begin_image(VERSION);
    buffer_add_u64(&image, 0);
    buffer_add_u64(&image, 0);
    add_sessions();
    buffer_add_u32(&image, crowds);
    buffer_add_u64(&image, 100);
    buffer_add_u64(&image, waits);
}

static void add_wait(uint64_t number, enum kind kind, uint32_t owner, const char *name)
{
    buffer_add_u64(&image, number);
    buffer_add_u8(&image, (uint8_t)kind);
    buffer_add_u32(&image, owner);
    add_name(text(name));
}

static void add_member(uint64_t number, uint32_t session, uint32_t crowd)
{
    buffer_add_u64(&image, number);
    buffer_add_u8(&image, IN_CROWD);
    buffer_add_u32(&image, session);
    buffer_add_u32(&image, crowd);
}

static int read_image(void)
{
    struct session *list[WORLD_CLIENTS];
    struct image_reader reader = {.rest = buffer_span(&image)};

    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        list[i] = &world.clients[i].session;
    return engine_image_read(
        &reader, &world.engine, (struct engine_sessions){list, WORLD_CLIENTS}, &world.effects);
}

static void send(size_t client)
{
    assert_int_equal(world_send(&world, client, &bytes), 0);
}

static void expect_release(size_t client)
{
    const uint8_t reply = STOP_WAITING;

    world_expect(&world, client, span_of(&reply, sizeof(reply)));
}

static void keys_and_queues_are_restored(void **state)
{
    static const uint8_t replies[] = {5,   0,   0, 0, 0, 0, 0, 0,   'v', 'a', 'l',
                                      'u', 'e', 1, 0, 0, 0, 0, 0,   0,   0,   3,
                                      0,   0,   0, 0, 0, 0, 0, 'o', 'n', 'e'};

    (void)state;
    begin_image(VERSION);
    buffer_add_u64(&image, 1);
    add_name(text("key"));
    buffer_add_sized(&image, text("value"));
    buffer_add_u64(&image, 1);
    add_name(text("queue"));
    buffer_add_u64(&image, 1);
    buffer_add_sized(&image, text("one"));
    add_sessions();
    add_no_waits();
    assert_int_equal(read_image(), 0);
    add_keyed(&bytes, OP_GET, "key");
    add_keyed(&bytes, OP_QUEUE_POP, "queue");
    send(0);
    world_expect(&world, 0, span_of(replies, sizeof(replies)));
}

static void waiters_alone_and_in_a_crowd_are_released(void **state)
{
    (void)state;
    begin_waits(1, 4);
    add_member(3, 1, 0);
    add_wait(4, OF_CROWD, 0, "key");
    add_wait(5, OF_SESSION, 2, "key");
    add_member(9, 3, 0);
    assert_int_equal(read_image(), 0);
    add_valued(&bytes, OP_SET, "key", text("value"));
    send(0);
    for (size_t i = 1; i < WORLD_CLIENTS; i++)
        expect_release(i);
}

/* The counter has room for any number. */
static void a_barrier_takes_back_what_it_has_counted_without_memory(void **state)
{
    static const uint8_t reply[] = {2, 0, 0, 0, 0, 0, 0, 0, '9', '9'};

    (void)state;
    begin_image(VERSION);
    buffer_add_u64(&image, 1);
    add_name(text("barrier"));
    buffer_add_sized(&image, text("100"));
    buffer_add_u64(&image, 0);
    add_sessions();
    buffer_add_u32(&image, 0);
    buffer_add_u64(&image, 1);
    buffer_add_u64(&image, 1);
    add_wait(0, COUNTED, 1, "barrier");
    assert_int_equal(read_image(), 0);
    allocator_refuse_all(&world.allocator);
    world_leave(&world, 1);
    allocator_refuse_none(&world.allocator);
    add_keyed(&bytes, OP_GET, "barrier");
    send(0);
    world_expect(&world, 0, span_of(reply, sizeof(reply)));
}

static void a_request_that_has_begun_goes_on(void **state)
{
    (void)state;
    begin_image(VERSION);
    buffer_add_u64(&image, 0);
    buffer_add_u64(&image, 0);
    buffer_add_u32(&image, WORLD_CLIENTS);
    add_word(&bytes, OP_VALIDATE, MAGIC);
    for (size_t i = 0; i < WORLD_CLIENTS; i++)
        add_session(0, "");
    image.len -= sizeof(uint64_t); /* the last one has bytes */
    buffer_add_sized(&image, span_of(bytes.bytes, 2));
    add_no_waits();
    assert_int_equal(read_image(), 0);
    memmove(bytes.bytes, bytes.bytes + 2, bytes.len - 2);
    bytes.len -= 2;
    add_bare(&bytes, OP_GETNUMKEYS);
    send(WORLD_CLIENTS - 1);
}

/* Damaged images, each of which would be right without its fault */

static void of_another_version(void)
{
    begin_image(VERSION + 1);
    buffer_add_u64(&image, 0);
    buffer_add_u64(&image, 0);
    add_sessions();
    add_no_waits();
}

static void with_more_operations(void)
{
    buffer_add_u32(&image, VERSION);
    buffer_add_u32(&image, 1000);
}

static void with_a_key_twice(void)
{
    begin_image(VERSION);
    buffer_add_u64(&image, 2);
    for (int i = 0; i < 2; i++) {
        add_name(text("key"));
        buffer_add_sized(&image, text("value"));
    }
    buffer_add_u64(&image, 0);
    add_sessions();
    add_no_waits();
}

static void with_a_queue_twice(void)
{
    begin_image(VERSION);
    buffer_add_u64(&image, 0);
    buffer_add_u64(&image, 2);
    for (int i = 0; i < 2; i++) {
        add_name(text("queue"));
        buffer_add_u64(&image, 1);
        buffer_add_sized(&image, text("value"));
    }
    add_sessions();
    add_no_waits();
}

static void with_an_empty_queue(void)
{
    begin_image(VERSION);
    buffer_add_u64(&image, 0);
    buffer_add_u64(&image, 1);
    add_name(text("queue"));
    buffer_add_u64(&image, 0);
    add_sessions();
    add_no_waits();
}

/* All but the first are right. */
static void with_sessions(uint32_t count, uint8_t flags, const char *input)
{
    begin_image(VERSION);
    buffer_add_u64(&image, 0);
    buffer_add_u64(&image, 0);
    buffer_add_u32(&image, count);
    add_session(flags, input);
    for (size_t i = 1; i < WORLD_CLIENTS; i++)
        add_session(VALIDATED, "");
    add_no_waits();
}

static void with_more_sessions(void)
{
    with_sessions(WORLD_CLIENTS + 1, VALIDATED, "");
}

static void with_an_unknown_flag(void)
{
    with_sessions(WORLD_CLIENTS, VALIDATED | 1 << 7, "");
}

static void with_a_request_that_is_refused(void)
{
    with_sessions(WORLD_CLIENTS, 0, "x");
}

static void with_a_request_that_is_whole(void)
{
    with_sessions(WORLD_CLIENTS, VALIDATED, "\x07"); /* GETNUMKEYS */
}

static void with_a_wait_of_an_unknown_kind(void)
{
    begin_waits(0, 1);
    add_wait(0, IN_CROWD + 1, 0, "key");
}

static void with_waits_out_of_order(void)
{
    begin_waits(0, 2);
    add_wait(7, OF_SESSION, 0, "key");
    add_wait(6, OF_SESSION, 1, "key");
}

static void with_a_wait_from_later(void)
{
    begin_waits(0, 1);
    add_wait(101, OF_SESSION, 0, "key");
}

static void with_a_session_that_is_not_there(void)
{
    begin_waits(0, 1);
    add_wait(0, OF_SESSION, WORLD_CLIENTS, "key");
}

static void with_a_member_that_is_not_there(void)
{
    begin_waits(1, 1);
    add_member(0, WORLD_CLIENTS, 0);
}

static void with_a_session_that_waits_twice_in_a_barrier(void)
{
    begin_waits(0, 2);
    add_wait(0, OF_SESSION, 0, "key");
    add_wait(1, COUNTED, 0, "barrier");
}

static void with_a_session_that_waits_outside_of_its_barrier(void)
{
    begin_waits(0, 2);
    add_wait(0, COUNTED, 0, "barrier");
    add_wait(1, OF_SESSION, 0, "key");
}

static void with_a_member_that_waits_already(void)
{
    begin_waits(1, 3);
    add_wait(0, OF_SESSION, 0, "key");
    add_wait(1, OF_CROWD, 0, "other");
    add_member(2, 0, 0);
}

static void with_a_crowd_that_is_not_there(void)
{
    begin_waits(1, 3);
    add_member(0, 0, 0);
    add_wait(1, OF_CROWD, 0, "key");
    add_member(2, 1, 1);
}

static void with_a_crowd_without_a_wait(void)
{
    begin_waits(1, 0);
}

static void with_a_crowd_without_a_name(void)
{
    begin_waits(1, 1);
    add_member(0, 0, 0);
}

static void with_a_crowd_without_a_member(void)
{
    begin_waits(1, 1);
    add_wait(0, OF_CROWD, 0, "key");
}

static void with_more_crowds_than_sessions(void)
{
    begin_waits(UINT32_MAX, 0);
}

/* What it has restored so far leaves like anything else: see tear_down. */
static void a_damaged_image_is_refused(void **state)
{
    static void (*const damaged[])(void) = {
        of_another_version,
        with_more_operations,
        with_a_key_twice,
        with_a_queue_twice,
        with_an_empty_queue,
        with_more_sessions,
        with_an_unknown_flag,
        with_a_request_that_is_refused,
        with_a_request_that_is_whole,
        with_a_wait_of_an_unknown_kind,
        with_waits_out_of_order,
        with_a_wait_from_later,
        with_a_session_that_is_not_there,
        with_a_member_that_is_not_there,
        with_a_session_that_waits_twice_in_a_barrier,
        with_a_session_that_waits_outside_of_its_barrier,
        with_a_member_that_waits_already,
        with_a_crowd_that_is_not_there,
        with_a_crowd_without_a_wait,
        with_a_crowd_without_a_name,
        with_a_crowd_without_a_member,
        with_more_crowds_than_sessions,
    };

    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
        buffer_clear(&image);
        damaged[i]();
        buffer_extend(&image, 1000); /* so that its end is not what is missed */
        memset(image.bytes + image.len - 1000, 0, 1000);
        assert_int_equal(read_image(), TCPSTORE_EINVAL);
        world_done(&world);
        assert_int_equal(set_up(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_and_queues_are_restored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            waiters_alone_and_in_a_crowd_are_released, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_barrier_takes_back_what_it_has_counted_without_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_request_that_has_begun_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_image_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
