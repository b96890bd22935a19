/* What one end of a trunk keeps, sends, and forgets. */
#include "trunk/outgoing.h"

#include "support/allocator.h"
#include "support/test.h"
#include "trunk/incoming.h"

enum { HIGH_WATER = 1000, LARGE = 100 << 10 };

static struct allocator allocator;
static struct memory memory;
static struct outgoing outgoing;

static int set_up(void **state)
{
    (void)state;
    allocator_init(&allocator, &memory);
    outgoing_init(&outgoing, &memory, HIGH_WATER);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    outgoing_done(&outgoing);
    allocator_check_empty(&allocator, &memory);
    return 0;
}

static void add(size_t len)
{
    static const uint8_t bytes[LARGE];
    const struct item item = {1, ITEM_BYTES, span_of(bytes, len)};

    assert_int_equal(outgoing_add(&outgoing, &item), 0);
}

/* Sends the next frame, and returns its items. */
static struct frame_items send_frame(uint64_t received)
{
    struct span bytes = outgoing_next(&outgoing, received);
    struct frame frame;
    struct frame_items items;
    size_t size;

    assert_int_equal(frame_scan(bytes, SIZE_MAX, &frame, &size), FRAME_WHOLE);
    assert_int_equal(size, bytes.len);
    assert_true(frame_read_items(&frame, &items));
    outgoing_sent(&outgoing, bytes.len);
    return items;
}

static void items_that_are_added_while_the_link_is_busy_are_one_frame(void **state)
{
    struct frame_items items;

    (void)state;
    add(10);
    outgoing_next(&outgoing, 0); /* its head tells now how many it has */
    add(10);
    add(0);
    items = send_frame(0);
    assert_int_equal(items.first, 1);
    assert_int_equal(items.left, 1);
    items = send_frame(7);
    assert_int_equal(items.first, 2);
    assert_int_equal(items.left, 2);
    assert_int_equal(items.received, 7);
    assert_int_equal(outgoing_next(&outgoing, 7).len, 0);
}

static void a_large_item_has_a_frame_of_its_own(void **state)
{
    (void)state;
    add(10);
    add(LARGE);
    add(10);
    assert_int_equal(send_frame(0).left, 1);
    assert_int_equal(send_frame(0).left, 1);
    assert_int_equal(send_frame(0).left, 1);
}

static void what_is_acknowledged_is_forgotten(void **state)
{
    (void)state;
    add(HIGH_WATER);
    assert_true(outgoing_is_full(&outgoing));
    send_frame(0);
    add(10);
    send_frame(0);
    assert_true(outgoing_is_full(&outgoing));
    assert_true(outgoing_acknowledge(&outgoing, 1));
    assert_false(outgoing_is_full(&outgoing));
    assert_true(outgoing_acknowledge(&outgoing, 2));
    assert_int_equal(outgoing.bytes, 0);
    assert_int_equal(memory.used, 0);
    assert_true(outgoing_acknowledge(&outgoing, 1)); /* of a frame that was sent again */
}

static void what_was_not_sent_cannot_have_been_received(void **state)
{
    (void)state;
    add(10);
    assert_false(outgoing_acknowledge(&outgoing, 1));
    assert_false(outgoing_resume(&outgoing, 1, 0));
    send_frame(0);
    assert_true(outgoing_acknowledge(&outgoing, 1));
    assert_false(outgoing_acknowledge(&outgoing, 2));
    assert_false(outgoing_resume(&outgoing, 0, 0)); /* it has told that it had it */
}

static void what_was_received_is_told_by_itself_if_nothing_else_is(void **state)
{
    struct span bytes;
    struct frame frame;
    uint64_t received;
    size_t size;

    (void)state;
    assert_int_equal(outgoing_next(&outgoing, 0).len, 0);
    bytes = outgoing_next(&outgoing, 5);
    assert_int_equal(bytes.len, FRAME_ACK_SIZE);
    outgoing_sent(&outgoing, 3);
    add(10); /* does not cut it */
    bytes = outgoing_next(&outgoing, 6);
    assert_int_equal(bytes.len, FRAME_ACK_SIZE - 3);
    assert_int_equal(
        frame_scan(span_of(outgoing.ack, FRAME_ACK_SIZE), 100, &frame, &size), FRAME_WHOLE);
    assert_true(frame_read_ack(&frame, &received));
    assert_int_equal(received, 5);
    outgoing_sent(&outgoing, FRAME_ACK_SIZE - 3);
    assert_int_equal(send_frame(6).received, 6);
    assert_int_equal(outgoing_next(&outgoing, 6).len, 0);
}

static void another_link_gets_what_the_other_end_lacks(void **state)
{
    (void)state;
    add(LARGE);
    add(LARGE);
    add(LARGE);
    send_frame(0);
    send_frame(0);
    outgoing_next(&outgoing, 0);
    outgoing_sent(&outgoing, 50); /* then it breaks */
    assert_true(outgoing_resume(&outgoing, 1, 9));
    assert_int_equal(send_frame(9).first, 2);
    assert_int_equal(send_frame(9).first, 3);
    assert_int_equal(outgoing_next(&outgoing, 9).len, 0);
    assert_true(outgoing_resume(&outgoing, 3, 9));
    assert_int_equal(outgoing_next(&outgoing, 9).len, 0);
    add(10);
    assert_int_equal(send_frame(9).first, 4);
}

static void items_that_have_come_are_skipped(void **state)
{
    struct incoming incoming = {.received = 1};
    struct frame_items items;

    (void)state;
    add(1);
    add(2);
    add(3);
    items = send_frame(0);
    assert_true(incoming_accept(&incoming, &items));
    assert_int_equal(items.left, 2);
    assert_int_equal(frame_take_item(&items).bytes.len, 2);
    assert_int_equal(incoming.received, 3);
    assert_true(outgoing_resume(&outgoing, 0, 0));
    items = send_frame(0);
    assert_true(incoming_accept(&incoming, &items));
    assert_int_equal(items.left, 0);
    assert_int_equal(incoming.received, 3);
}

static void items_behind_a_gap_are_refused(void **state)
{
    struct incoming incoming = {.received = 0};
    struct frame_items items;

    (void)state;
    add(LARGE);
    add(1);
    send_frame(0);
    items = send_frame(0);
    assert_false(incoming_accept(&incoming, &items));
    assert_int_equal(incoming.received, 0);
}

static void without_memory_nothing_is_added(void **state)
{
    const struct item item = {1, ITEM_LEAVE, span_of(NULL, 0)};

    (void)state;
    allocator_refuse(&allocator, 1);
    assert_int_equal(outgoing_add(&outgoing, &item), TCPSTORE_ENOMEM);
    assert_int_equal(outgoing.added, 0);
    assert_int_equal(outgoing_next(&outgoing, 0).len, 0);
    add(1);
    assert_int_equal(send_frame(0).first, 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(items_that_are_added_while_the_link_is_busy_are_one_frame),
        TEST(a_large_item_has_a_frame_of_its_own),
        TEST(what_is_acknowledged_is_forgotten),
        TEST(what_was_not_sent_cannot_have_been_received),
        TEST(what_was_received_is_told_by_itself_if_nothing_else_is),
        TEST(another_link_gets_what_the_other_end_lacks),
        TEST(items_that_have_come_are_skipped),
        TEST(items_behind_a_gap_are_refused),
        TEST(without_memory_nothing_is_added),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
