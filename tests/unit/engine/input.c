#include "engine/input.h"

#include "support/allocator.h"
#include "support/requests.h"
#include "support/test.h"

struct fixture {
    struct allocator allocator;
    struct memory memory;
    struct input input;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    allocator_init(&fixture.allocator, &fixture.memory);
    fixture.input = (struct input){.blob = NULL};
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    input_release(&f->input);
    allocator_check_empty(&f->allocator, &f->memory);
    return 0;
}

static void append(struct fixture *f, size_t needs, const char *bytes)
{
    assert_int_equal(input_append(&f->input, &f->memory, needs, text(bytes)), 0);
}

static void append_many(struct fixture *f, size_t needs, size_t len)
{
    static const uint8_t many[1 << 16];

    assert_int_equal(input_append(&f->input, &f->memory, needs, span_of(many, len)), 0);
}

static void an_empty_input_takes_no_memory(void **state)
{
    struct fixture *f = *state;

    assert_true(input_is_empty(&f->input));
    input_release(&f->input);
    assert_int_equal(f->allocator.requests, 0);
}

static void append_adds_bytes_at_the_end(void **state)
{
    struct fixture *f = *state;

    append(f, 6, "one");
    append(f, 6, "two");
    append(f, 6, "three");
    assert_false(input_is_empty(&f->input));
    assert_span_is(input_slice(&f->input).span, "onetwothree");
    assert_ptr_equal(input_slice(&f->input).blob, f->input.blob);
}

static void complete_takes_what_the_request_needs_and_leaves_the_rest(void **state)
{
    struct fixture *f = *state;
    struct span bytes = text("questANOTHER");

    append(f, 7, "re");
    assert_int_equal(input_complete(&f->input, 7, &bytes), 0);
    assert_span_is(input_slice(&f->input).span, "request");
    assert_span_is(bytes, "ANOTHER");
}

static void complete_takes_all_of_fewer_bytes(void **state)
{
    struct fixture *f = *state;
    struct span bytes = text("que");

    append(f, 7, "re");
    assert_int_equal(input_complete(&f->input, 7, &bytes), 0);
    assert_span_is(input_slice(&f->input).span, "reque");
    assert_int_equal(bytes.len, 0);
}

/* A client that announces much and sends little does not make the server allocate it. */
static void an_announced_size_costs_at_most_twice_what_has_arrived(void **state)
{
    struct fixture *f = *state;

    append_many(f, 1 << 20, 1000);
    assert_int_equal(f->input.blob->capacity, 1000);
    append_many(f, 1 << 20, 1);
    assert_int_equal(f->input.blob->capacity, 2000);
    append_many(f, 1 << 20, 5000);
    assert_int_equal(f->input.blob->capacity, 6001);
}

static void after_an_eighth_of_a_request_all_of_it_has_room(void **state)
{
    struct fixture *f = *state;

    append_many(f, 8007, 1000);
    append_many(f, 8007, 1);
    assert_int_equal(f->input.blob->capacity, 8007);
}

static void a_list_of_keys_grows_by_a_quarter(void **state)
{
    struct fixture *f = *state;

    append_many(f, 1001, 1000);
    append_many(f, 1002, 1);
    assert_int_equal(f->input.blob->capacity, 1250);
}

static void bytes_that_fit_do_not_move(void **state)
{
    struct fixture *f = *state;
    const uint8_t *bytes;

    append(f, 100, "a");
    append(f, 100, "b");
    append_many(f, 100, 10);
    bytes = f->input.blob->bytes;
    append_many(f, 100, f->input.blob->capacity - f->input.len);
    assert_ptr_equal(f->input.blob->bytes, bytes);
}

static void the_rest_of_a_request_is_received_behind_its_front(void **state)
{
    struct fixture *f = *state;
    struct room room;

    append(f, 5, "re");
    room = input_room(&f->input, 5);
    assert_int_equal(room.len, 3);
    span_copy(room.bytes, text("st!"));
    f->input.len += room.len;
    assert_span_is(input_slice(&f->input).span, "rest!");
}

static void room_ends_where_the_request_ends(void **state)
{
    struct fixture *f = *state;

    append_many(f, 1000, 1000);
    append_many(f, 1001, 1); /* to 1250 */
    assert_int_equal(input_room(&f->input, 1010).len, 9);
    assert_int_equal(input_room(&f->input, 1 << 20).len, 249);
}

static void consume_removes_executed_bytes_and_keeps_the_rest(void **state)
{
    struct fixture *f = *state;

    append(f, 3, "oneanoth");
    assert_int_equal(input_consume(&f->input, &f->memory, 7, 3), 0);
    assert_span_is(input_slice(&f->input).span, "anoth");
    assert_int_equal(f->allocator.requests, 1);
}

static void consume_of_no_bytes_keeps_all(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(input_consume(&f->input, &f->memory, 0, 0), 0);
    append(f, 7, "anoth");
    assert_int_equal(input_consume(&f->input, &f->memory, 7, 0), 0);
    assert_span_is(input_slice(&f->input).span, "anoth");
}

static void consume_of_all_bytes_frees_the_memory(void **state)
{
    struct fixture *f = *state;

    append(f, 3, "one");
    assert_int_equal(input_consume(&f->input, &f->memory, 0, 3), 0);
    assert_true(input_is_empty(&f->input));
    assert_int_equal(f->input.len, 0);
    assert_int_equal(f->allocator.blocks, 0);
}

static void consume_does_not_change_the_bytes_of_a_value_that_shares_them(void **state)
{
    struct fixture *f = *state;
    struct slice value;

    append(f, 5, "valueanoth");
    value = input_slice(&f->input);
    value.span.len = 5;
    blob_retain(value.blob);
    assert_int_equal(input_consume(&f->input, &f->memory, 7, 5), 0);
    assert_span_is(input_slice(&f->input).span, "anoth");
    append(f, 7, "er");
    assert_span_is(input_slice(&f->input).span, "another");
    assert_span_is(value.span, "value");
    blob_release(value.blob);
}

static void refused_memory_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct span bytes = text("quest");

    allocator_refuse_all(&f->allocator);
    assert_int_equal(input_append(&f->input, &f->memory, 2, text("re")), TCPSTORE_ENOMEM);
    assert_true(input_is_empty(&f->input));
    allocator_refuse_none(&f->allocator);
    append(f, 2, "re");
    allocator_refuse_all(&f->allocator);
    assert_int_equal(input_append(&f->input, &f->memory, 7, bytes), TCPSTORE_ENOMEM);
    assert_int_equal(input_complete(&f->input, 7, &bytes), TCPSTORE_ENOMEM);
    assert_span_is(bytes, "quest");
    assert_null(input_room(&f->input, 7).bytes);
    blob_retain(f->input.blob);
    assert_int_equal(input_consume(&f->input, &f->memory, 7, 1), TCPSTORE_ENOMEM);
    blob_release(f->input.blob);
    assert_span_is(input_slice(&f->input).span, "re");
}

static void consume_moves_the_rest_to_the_memory_that_is_charged_for_it(void **state)
{
    struct fixture *f = *state;
    struct memory reserved;

    memory_share(&reserved, &f->memory, SIZE_MAX);
    assert_int_equal(input_append(&f->input, &reserved, 6, text("getset")), 0);
    assert_int_equal(input_consume(&f->input, &f->memory, 10, 3), 0);
    assert_ptr_equal(f->input.blob->memory, &f->memory);
    assert_span_is(input_slice(&f->input).span, "set");
}

#define INPUT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        INPUT_TEST(an_empty_input_takes_no_memory),
        INPUT_TEST(append_adds_bytes_at_the_end),
        INPUT_TEST(complete_takes_what_the_request_needs_and_leaves_the_rest),
        INPUT_TEST(complete_takes_all_of_fewer_bytes),
        INPUT_TEST(an_announced_size_costs_at_most_twice_what_has_arrived),
        INPUT_TEST(after_an_eighth_of_a_request_all_of_it_has_room),
        INPUT_TEST(a_list_of_keys_grows_by_a_quarter),
        INPUT_TEST(bytes_that_fit_do_not_move),
        INPUT_TEST(the_rest_of_a_request_is_received_behind_its_front),
        INPUT_TEST(room_ends_where_the_request_ends),
        INPUT_TEST(consume_removes_executed_bytes_and_keeps_the_rest),
        INPUT_TEST(consume_of_no_bytes_keeps_all),
        INPUT_TEST(consume_of_all_bytes_frees_the_memory),
        INPUT_TEST(consume_does_not_change_the_bytes_of_a_value_that_shares_them),
        INPUT_TEST(refused_memory_changes_nothing),
        INPUT_TEST(consume_moves_the_rest_to_the_memory_that_is_charged_for_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
