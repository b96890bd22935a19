/* Requests and replies that pass, however they are cut. */
#include "wire/passing.h"

#include "support/requests.h"
#include "support/test.h"

static void pass_up(struct passing *passing, const struct buffer *request, size_t piece)
{
    for (size_t at = 0; at < request->len; at += piece) {
        size_t left = request->len - at;

        passing_up(passing, span_of(request->bytes + at, left < piece ? left : piece));
        if (at + piece < request->len)
            assert_int_equal(passing->state, PASSING_REQUESTS);
        assert_false(passing->is_settled);
    }
}

static void pass_down(struct passing *passing, const struct buffer *reply, size_t piece)
{
    for (size_t at = 0; at < reply->len; at += piece) {
        size_t left = reply->len - at;

        assert_int_equal(passing->state, PASSING_REPLY);
        assert_false(passing->is_settled);
        passing_down(passing, span_of(reply->bytes + at, left < piece ? left : piece));
    }
}

static void add_blobs(struct buffer *buffer, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buffer_add_sized(buffer, span_of("value", i % 6));
}

/* A reply to what add_example adds. */
static void add_reply(struct buffer *buffer, enum operation operation, size_t key_count)
{
    switch (operation) {
    case OP_COMPARE_SET:
    case OP_GET:
        add_blobs(buffer, 1);
        return;
    case OP_MULTI_GET:
        add_blobs(buffer, key_count);
        return;
    case OP_ADD:
    case OP_GETNUMKEYS:
    case OP_DELETE_KEY:
    case OP_QUEUE_LEN:
        buffer_add_u64(buffer, 7);
        return;
    case OP_QUEUE_POP:
        buffer_add_u64(buffer, 7);
        add_blobs(buffer, 1);
        return;
    case OP_LIST_KEYS:
        buffer_add_u64(buffer, 3);
        add_blobs(buffer, 3);
        return;
    case OP_PING:
        buffer_add_u32(buffer, 7);
        return;
    case OP_CHECK:
    case OP_WAIT:
    case OP_CANCEL_WAIT:
    case OP_BARRIER:
        buffer_add_u8(buffer, 1);
        return;
    default:
        return;
    }
}

static size_t count_keys(const struct buffer *request)
{
    return request->bytes[0] == OP_MULTI_GET ? request->bytes[1] : 0;
}

static void assert_passes(enum operation operation, size_t piece)
{
    struct passing passing = {0};
    struct buffer request = {0};
    struct buffer reply = {0};

    add_example(&request, operation);
    add_reply(&reply, operation, count_keys(&request));
    for (int i = 0; i < 3; i++) {
        passing.is_settled = false; /* as when the client has just connected */
        pass_up(&passing, &request, piece);
        assert_int_equal(passing.opcode, operation);
        pass_down(&passing, &reply, piece);
        assert_int_equal(passing.state, PASSING_REQUESTS);
        assert_int_equal(passing.is_settled, reply.len > 0);
    }
    buffer_free(&request);
    buffer_free(&reply);
}

static void every_operation_passes_in_pieces_of_any_size(void **state)
{
    (void)state;
    for (enum operation operation = 0; operation < OP_COUNT; operation++) {
        for (size_t piece = 1; piece < 100; piece++)
            assert_passes(operation, piece);
    }
}

static void requests_without_a_reply_leave_it_unsettled(void **state)
{
    struct passing passing = {0};
    struct buffer requests = {0};

    (void)state;
    add_valued(&requests, OP_SET, "key", text("value"));
    add_valued(&requests, OP_APPEND, "key", text("value"));
    add_multi_set(&requests, "a 1 b 2");
    passing_up(&passing, buffer_span(&requests));
    assert_int_equal(passing.state, PASSING_REQUESTS);
    assert_false(passing.is_settled);
    add_keyed(&requests, OP_GET, "key");
    passing_up(&passing, buffer_span(&requests)); /* all once more, and the last has a reply */
    assert_int_equal(passing.state, PASSING_REPLY);
    assert_int_equal(passing.opcode, OP_GET);
    buffer_free(&requests);
}

static void assert_lost(struct passing *passing)
{
    struct buffer reply = {0};

    assert_int_equal(passing->state, PASSING_LOST);
    buffer_add_u32(&reply, 7);
    passing_down(passing, buffer_span(&reply));
    passing_up(passing, buffer_span(&reply));
    assert_int_equal(passing->state, PASSING_LOST);
    assert_false(passing->is_settled);
    buffer_free(&reply);
}

static void who_sends_before_the_reply_is_lost(void **state)
{
    struct passing passing = {0};
    struct buffer request = {0};

    (void)state;
    add_word(&request, OP_PING, 7);
    passing_up(&passing, buffer_span(&request));
    passing_up(&passing, span_of(request.bytes, 1));
    assert_lost(&passing);
    passing = (struct passing){0};
    add_word(&request, OP_PING, 7);
    passing_up(&passing, buffer_span(&request));
    assert_lost(&passing);
    buffer_free(&request);
}

static void an_unknown_operation_is_lost(void **state)
{
    struct passing passing = {0};

    (void)state;
    passing_up(&passing, text("GET / HTTP/1.1"));
    assert_lost(&passing);
}

static void more_than_the_reply_is_lost(void **state)
{
    struct passing passing = {0};
    struct buffer request = {0};

    (void)state;
    add_keys(&request, OP_WAIT, "key");
    passing_up(&passing, buffer_span(&request));
    passing_down(&passing, span_of("\0\1", 2));
    assert_lost(&passing);
    passing = (struct passing){0};
    passing_down(&passing, span_of("\0", 1));
    assert_lost(&passing);
    buffer_free(&request);
}

static void an_empty_queue_has_no_entry(void **state)
{
    struct passing passing = {0};
    struct buffer buffer = {0};

    (void)state;
    add_keyed(&buffer, OP_QUEUE_POP, "queue");
    passing_up(&passing, buffer_span(&buffer));
    buffer_clear(&buffer);
    buffer_add_u64(&buffer, 0);
    passing_down(&passing, buffer_span(&buffer));
    assert_true(passing.is_settled);
    buffer_free(&buffer);
}

static void values_of_no_keys_are_no_reply(void **state)
{
    struct passing passing = {0};
    struct buffer buffer = {0};

    (void)state;
    add_keys(&buffer, OP_MULTI_GET, "");
    passing_up(&passing, buffer_span(&buffer));
    assert_int_equal(passing.state, PASSING_REQUESTS);
    assert_false(passing.is_settled);
    buffer_free(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_passes_in_pieces_of_any_size),
        cmocka_unit_test(requests_without_a_reply_leave_it_unsettled),
        cmocka_unit_test(who_sends_before_the_reply_is_lost),
        cmocka_unit_test(an_unknown_operation_is_lost),
        cmocka_unit_test(more_than_the_reply_is_lost),
        cmocka_unit_test(an_empty_queue_has_no_entry),
        cmocka_unit_test(values_of_no_keys_are_no_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
