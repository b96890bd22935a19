/* A flight without a transport: the bytes it sends, and how it reads answers. */
#include "support/test.h"

#include <stdlib.h>

#include "client/flight.h"
#include "support/buffer.h"
#include "support/heap.h"
#include "support/requests.h"

static const struct span keys[] = {{(const uint8_t *)"one", 3}, {(const uint8_t *)"two", 3}};
static const struct span values[] = {{(const uint8_t *)"1", 1}, {(const uint8_t *)"22", 2}};

static const struct flight unbounded = {.values.bytes_max = SIZE_MAX};

static struct encode example(enum wire_opcode opcode)
{
    return (struct encode){
        .opcode = opcode,
        .word = 0x01020304,
        .number = 7,
        .keys = keys,
        .values = values,
        .count = 2};
}

static void add_number(struct buffer *buffer, int64_t number)
{
    buffer_add_u64(buffer, (uint64_t)number);
}

/* The answer of a server to the example. */
static void add_answer(struct buffer *buffer, enum wire_opcode opcode)
{
    switch (opcode) {
    case WIRE_COMPARE_SET:
    case WIRE_GET:
        buffer_add_sized(buffer, text("a value"));
        break;
    case WIRE_ADD:
        add_number(buffer, -5);
        break;
    case WIRE_CHECK:
    case WIRE_WAIT:
    case WIRE_BARRIER:
        buffer_add_u8(buffer, 0);
        break;
    case WIRE_CANCEL_WAIT:
        buffer_add_u8(buffer, 1);
        break;
    case WIRE_GETNUMKEYS:
    case WIRE_QUEUE_LEN:
        add_number(buffer, 3);
        break;
    case WIRE_DELETE_KEY:
        add_number(buffer, 1);
        break;
    case WIRE_MULTI_GET:
        buffer_add_sized(buffer, text("first"));
        buffer_add_sized(buffer, text(""));
        break;
    case WIRE_PING:
        buffer_add_u32(buffer, 0x01020304);
        break;
    case WIRE_QUEUE_POP:
        add_number(buffer, 2);
        buffer_add_sized(buffer, text("entry"));
        break;
    case WIRE_LIST_KEYS:
        add_number(buffer, 3);
        buffer_add_sized(buffer, text("/a"));
        buffer_add_sized(buffer, text(""));
        buffer_add_sized(buffer, text("/ccc"));
        break;
    default:
        break;
    }
}

static void assert_values(const struct flight *flight, size_t index, const char *words)
{
    const struct answer *answer = &flight->answers[index];
    size_t count = 0;

    for (const char *at = words; *at != '\0'; count++) {
        size_t len = strcspn(at, ",");
        const struct tcpstore_value *value = &flight->values.items[answer->first_value + count];

        assert_true(count < answer->value_count);
        assert_spans_equal(span_of(value->bytes, value->size), span_of(at, len));
        assert_int_equal(((const char *)value->bytes)[value->size], '\0');
        at += len + 1;
    }
    assert_int_equal(answer->value_count, count);
}

static void assert_answer(const struct flight *flight, size_t index)
{
    static const struct {
        int64_t number;
        const char *values; /* each with a comma after it */
    } expected[WIRE_OPCODE_COUNT] = {
        [WIRE_COMPARE_SET] = {0, "a value,\0"},
        [WIRE_GET] = {0, "a value,\0"},
        [WIRE_ADD] = {-5, ""},
        [WIRE_CHECK] = {1, ""},
        [WIRE_WAIT] = {1, ""},
        [WIRE_GETNUMKEYS] = {3, ""},
        [WIRE_DELETE_KEY] = {1, ""},
        [WIRE_MULTI_GET] = {0, "first,,\0"},
        [WIRE_QUEUE_POP] = {2, "entry,\0"},
        [WIRE_QUEUE_LEN] = {3, ""},
        [WIRE_LIST_KEYS] = {3, "/a,,/ccc,\0"},
        [WIRE_BARRIER] = {1, ""},
    };
    enum wire_opcode opcode = flight->answers[index].opcode;
    const char *words = expected[opcode].values;

    assert_true(flight->answers[index].number == expected[opcode].number);
    assert_values(flight, index, words != NULL ? words : "");
}

static void add(struct flight *flight, enum wire_opcode opcode)
{
    const struct encode encode = example(opcode);

    assert_int_equal(flight_add(flight, &encode), 0);
}

static void send_all(struct flight *flight)
{
    flight_sent(flight, flight_unsent(flight).len);
}

static int receive(struct flight *flight, const struct buffer *buffer, size_t from, size_t to)
{
    return flight_receive(flight, span_of(buffer->bytes + from, to - from));
}

/* In a block of exactly that size, so that sanitizers detect reads past its end. */
static int receive_apart(
    struct flight *flight, const struct buffer *buffer, size_t from, size_t to)
{
    uint8_t *bytes = malloc(to - from + 1);
    int code;

    assert_non_null(bytes);
    memcpy(bytes + 1, buffer->bytes + from, to - from);
    code = flight_receive(flight, span_of(bytes + 1, to - from));
    free(bytes);
    return code;
}

/* All 19 operations; its CANCEL_WAIT has no wait to cancel. */
static void add_all(struct flight *flight, struct buffer *answers)
{
    for (unsigned opcode = 0; opcode < WIRE_OPCODE_COUNT; opcode++) {
        add(flight, opcode);
        if (answers != NULL)
            add_answer(answers, opcode);
    }
}

static void assert_all_answered(const struct flight *flight)
{
    assert_true(flight_is_done(flight));
    for (size_t i = 0; i < flight->count; i++)
        assert_answer(flight, i);
}

static void requests_are_sent_in_the_order_they_were_added(void **state)
{
    struct flight flight = unbounded;
    struct buffer expected = {0};

    (void)state;
    add(&flight, WIRE_SET);
    add(&flight, WIRE_WAIT);
    add(&flight, WIRE_BARRIER);
    add_valued(&expected, OP_SET, "one", text("1"));
    add_keys(&expected, OP_WAIT, "one two");
    add_numbered(&expected, OP_BARRIER, "one", 7);
    assert_spans_equal(flight_unsent(&flight), buffer_span(&expected));
    flight_sent(&flight, 5);
    assert_spans_equal(flight_unsent(&flight), span_from(buffer_span(&expected), 5));
    buffer_free(&expected);
    flight_done(&flight);
}

static void every_key_of_a_request_gets_the_prefix(void **state)
{
    struct flight flight = unbounded;
    struct buffer expected = {0};
    struct encode wait = example(WIRE_WAIT);

    (void)state;
    wait.prefix = text("/job/");
    assert_int_equal(flight_add(&flight, &wait), 0);
    add_keys(&expected, OP_WAIT, "/job/one /job/two");
    assert_spans_equal(flight_unsent(&flight), buffer_span(&expected));
    buffer_free(&expected);
    flight_done(&flight);
}

/* An empty flight has a null pointer, to which adding even 0 is undefined. */
static void an_empty_flight_has_nothing_to_send(void **state)
{
    const struct flight flight = unbounded;

    (void)state;
    assert_int_equal(flight_unsent(&flight).len, 0);
}

static void a_flight_is_done_once_it_is_sent_and_answered(void **state)
{
    struct flight flight = unbounded;

    (void)state;
    assert_true(flight_is_done(&flight));
    add(&flight, WIRE_SET);
    assert_false(flight_is_done(&flight));
    send_all(&flight);
    assert_true(flight_is_done(&flight));
    add(&flight, WIRE_GET);
    send_all(&flight);
    assert_false(flight_is_done(&flight));
    flight_done(&flight);
}

static void an_answer_cut_at_any_byte_is_read_whole(void **state)
{
    (void)state;
    for (unsigned opcode = 0; opcode < WIRE_OPCODE_COUNT; opcode++) {
        struct buffer answer = {0};

        add_answer(&answer, opcode);
        for (size_t cut = 0; cut < answer.len; cut++) {
            struct flight flight = unbounded;

            add(&flight, opcode);
            send_all(&flight);
            assert_int_equal(receive_apart(&flight, &answer, 0, cut), 0);
            assert_false(flight_is_done(&flight));
            assert_int_equal(receive_apart(&flight, &answer, cut, answer.len), 0);
            assert_all_answered(&flight);
            flight_done(&flight);
        }
        buffer_free(&answer);
    }
}

static void the_answers_to_all_requests_cut_at_any_byte_are_read_whole(void **state)
{
    struct flight flight = unbounded;
    struct buffer answers = {0};

    (void)state;
    add_all(&flight, &answers);
    for (size_t cut = 0; cut <= answers.len; cut++) {
        send_all(&flight);
        assert_int_equal(receive_apart(&flight, &answers, 0, cut), 0);
        assert_int_equal(receive_apart(&flight, &answers, cut, answers.len), 0);
        assert_all_answered(&flight);
        flight_rewind(&flight);
    }
    buffer_free(&answers);
    flight_done(&flight);
}

static void answers_that_arrive_byte_by_byte_are_read_whole(void **state)
{
    struct flight flight = unbounded;
    struct buffer answers = {0};

    (void)state;
    add_all(&flight, &answers);
    send_all(&flight);
    for (size_t i = 0; i < answers.len; i++) {
        assert_false(flight_is_done(&flight));
        assert_int_equal(receive_apart(&flight, &answers, i, i + 1), 0);
    }
    assert_all_answered(&flight);
    buffer_free(&answers);
    flight_done(&flight);
}

/* A request that could not be added has changed nothing and can be added again. */
static bool add_all_with_refusals(struct flight *flight)
{
    bool refused = false;

    for (unsigned opcode = 0; opcode < WIRE_OPCODE_COUNT; opcode++) {
        const struct encode encode = example(opcode);
        size_t len = flight_unsent(flight).len;

        if (flight_add(flight, &encode) == 0)
            continue;
        assert_true(heap_has_refused());
        assert_int_equal(flight->count, opcode);
        assert_int_equal(flight_unsent(flight).len, len);
        add(flight, opcode);
        refused = true;
    }
    return refused;
}

static void a_refused_allocation_leaves_the_flight_unchanged_or_fails_it(void **state)
{
    struct buffer answers = {0};
    bool refused = true;

    (void)state;
    for (unsigned opcode = 0; opcode < WIRE_OPCODE_COUNT; opcode++)
        add_answer(&answers, opcode);
    for (size_t nth = 1; refused; nth++) {
        struct flight flight = unbounded;
        bool seen;
        int code;

        heap_refuse(nth);
        seen = add_all_with_refusals(&flight);
        send_all(&flight);
        code = receive(&flight, &answers, 0, answers.len);
        refused = heap_has_refused();
        heap_refuse(0);
        assert_int_equal(code, refused && !seen ? TCPSTORE_ENOMEM : 0);
        if (code == 0)
            assert_all_answered(&flight);
        flight_done(&flight);
        assert_true(nth > 10 || refused);
    }
    buffer_free(&answers);
}

/* `answers` hold `count` values of `bytes` in all: a bound of that size admits them, one byte
 * less does not. */
static void assert_bounded(
    struct flight *flight, const struct buffer *answers, size_t count, size_t bytes)
{
    size_t bound = bytes + count * VALUE_OVERHEAD;

    flight->values.bytes_max = bound;
    flight_rewind(flight);
    send_all(flight);
    assert_int_equal(receive_apart(flight, answers, 0, answers->len), 0);
    assert_all_answered(flight);
    flight->values.bytes_max = bound - 1;
    flight_rewind(flight);
    send_all(flight);
    assert_int_equal(receive_apart(flight, answers, 0, answers->len), TCPSTORE_EANSWERSIZE);
    assert_null(flight->reader.violation);
}

static void answers_past_the_bound_with_overhead_are_refused(void **state)
{
    static const struct {
        enum wire_opcode opcode;
        size_t values;
        size_t bytes;
    } answers[] = {
        {WIRE_GET, 1, 7},       {WIRE_COMPARE_SET, 1, 7}, {WIRE_MULTI_GET, 2, 5},
        {WIRE_QUEUE_POP, 1, 5}, {WIRE_LIST_KEYS, 3, 6},
    };
    struct flight batch = unbounded;
    struct buffer all = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct flight flight = {0};
        struct buffer answer = {0};

        add(&flight, answers[i].opcode);
        add_answer(&answer, answers[i].opcode);
        assert_bounded(&flight, &answer, answers[i].values, answers[i].bytes);
        buffer_free(&answer);
        flight_done(&flight);
    }
    add_all(&batch, &all);
    assert_bounded(&batch, &all, 1 + 1 + 2 + 1 + 3, 7 + 7 + 5 + 5 + 6);
    buffer_free(&all);
    flight_done(&batch);
}

static void an_announced_size_past_the_bound_is_refused_without_allocating(void **state)
{
    const uint64_t many = 1000000000;
    struct flight flight = {.values.bytes_max = (size_t)1 << 30};
    struct buffer announced = {0};

    (void)state;
    buffer_add_u64(&announced, many);
    add(&flight, WIRE_LIST_KEYS);
    send_all(&flight);
    heap_largest();
    assert_int_equal(receive(&flight, &announced, 0, announced.len), TCPSTORE_EANSWERSIZE);
    assert_int_equal(heap_largest(), 0);
    flight_clear(&flight);
    assert_int_equal(flight.values.bytes_max, (size_t)1 << 30);
    buffer_add_u64(&announced, ((uint64_t)1 << 30) - VALUE_OVERHEAD + 1);
    add(&flight, WIRE_GET);
    send_all(&flight);
    assert_int_equal(
        receive(&flight, &announced, sizeof(many), announced.len), TCPSTORE_EANSWERSIZE);
    buffer_free(&announced);
    flight_done(&flight);
}

static void a_large_value_takes_memory_only_for_the_bytes_received(void **state)
{
    enum { LEN = (1 << 20) + 5000, PIECE = 1000 };
    struct flight flight = unbounded;
    struct buffer answer = {0};
    size_t largest;

    (void)state;
    buffer_add_u64(&answer, LEN);
    for (size_t i = 0; i < LEN; i++)
        buffer_add_u8(&answer, (uint8_t)(i * 31 + i / 251));
    add(&flight, WIRE_GET);
    send_all(&flight);
    heap_largest();
    for (size_t at = 0; at < answer.len; at += PIECE) {
        size_t end = at + PIECE < answer.len ? at + PIECE : answer.len;

        assert_int_equal(receive(&flight, &answer, at, end), 0);
        largest = heap_largest();
        assert_true(largest <= 8192 + 2 * end && largest <= LEN + 1);
    }
    assert_true(flight_is_done(&flight));
    assert_int_equal(flight.values.items[0].size, LEN);
    assert_memory_equal(flight.values.items[0].bytes, answer.bytes + 8, LEN);
    buffer_free(&answer);
    flight_done(&flight);
}

static void announced_sizes_take_no_memory(void **state)
{
    const uint64_t many = (uint64_t)1 << 40;
    struct flight flight = unbounded;
    struct buffer answer = {0};

    (void)state;
    add(&flight, WIRE_LIST_KEYS);
    send_all(&flight);
    buffer_add_u64(&answer, many);
    buffer_add_u64(&answer, many);
    buffer_add(&answer, text("a few bytes"));
    heap_largest();
    assert_int_equal(receive(&flight, &answer, 0, answer.len), 0);
    assert_true(heap_largest() <= 8192);
    assert_false(flight_is_done(&flight));
    buffer_free(&answer);
    flight_done(&flight);
}

/* The last byte, and none before it, violates the protocol; empties `answer`. */
static void assert_protocol_error(enum wire_opcode opcode, struct buffer *answer)
{
    struct flight flight = unbounded;

    add(&flight, opcode);
    send_all(&flight);
    assert_int_equal(receive_apart(&flight, answer, 0, answer->len - 1), 0);
    assert_int_equal(
        receive_apart(&flight, answer, answer->len - 1, answer->len), TCPSTORE_EPROTOCOL);
    assert_non_null(flight.reader.violation);
    flight_done(&flight);
    buffer_clear(answer);
}

static void an_answer_that_no_server_sends_is_a_protocol_error(void **state)
{
    const enum wire_opcode never_negative[] = {
        WIRE_GETNUMKEYS, WIRE_DELETE_KEY, WIRE_QUEUE_POP, WIRE_QUEUE_LEN, WIRE_LIST_KEYS};
    const enum wire_opcode with_length[] = {WIRE_GET, WIRE_COMPARE_SET, WIRE_MULTI_GET};
    const uint64_t too_many = ((uint64_t)1 << 40) + 1;
    struct buffer answer = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(never_negative) / sizeof(never_negative[0]); i++) {
        add_number(&answer, -1);
        assert_protocol_error(never_negative[i], &answer);
    }
    for (size_t i = 0; i < sizeof(with_length) / sizeof(with_length[0]); i++) {
        buffer_add_u64(&answer, too_many);
        assert_protocol_error(with_length[i], &answer);
    }
    buffer_add_u64(&answer, too_many);
    assert_protocol_error(WIRE_LIST_KEYS, &answer);
    add_number(&answer, 2);
    assert_protocol_error(WIRE_DELETE_KEY, &answer);
    buffer_add_u32(&answer, 0x01020305);
    assert_protocol_error(WIRE_PING, &answer);
    for (unsigned status = 0; status < 256; status++) {
        buffer_add_u8(&answer, (uint8_t)status);
        if (status > 1)
            assert_protocol_error(WIRE_CHECK, &answer);
        else if (status == 1)
            assert_protocol_error(WIRE_WAIT, &answer);
        buffer_clear(&answer);
        buffer_add_u8(&answer, (uint8_t)status);
        if (status != 1)
            assert_protocol_error(WIRE_CANCEL_WAIT, &answer);
        buffer_clear(&answer);
    }
    buffer_free(&answer);
}

static void bytes_after_the_last_answer_are_a_protocol_error(void **state)
{
    (void)state;
    for (unsigned opcode = 0; opcode < WIRE_OPCODE_COUNT; opcode++) {
        struct buffer answer = {0};

        add_answer(&answer, opcode);
        buffer_add_u8(&answer, 0);
        assert_protocol_error(opcode, &answer);
        buffer_free(&answer);
    }
}

static void assert_wait_ends(enum wire_opcode opcode, struct span answer, int64_t released)
{
    struct flight flight = unbounded;

    add(&flight, opcode);
    add(&flight, WIRE_CANCEL_WAIT);
    send_all(&flight);
    for (size_t i = 0; i < answer.len; i++) {
        assert_false(flight_is_done(&flight));
        assert_int_equal(flight_receive(&flight, span_of(answer.bytes + i, 1)), 0);
    }
    assert_true(flight_is_done(&flight));
    assert_true(flight.answers[0].number == released);
    flight_done(&flight);
}

static void a_wait_whose_release_crosses_its_cancel_is_released(void **state)
{
    (void)state;
    assert_wait_ends(WIRE_WAIT, span_of("\1", 1), 0);
    assert_wait_ends(WIRE_WAIT, span_of("\0\1", 2), 1);
    assert_wait_ends(WIRE_BARRIER, span_of("\1", 1), 0);
    assert_wait_ends(WIRE_BARRIER, span_of("\0\1", 2), 1);
}

static void a_second_answer_to_a_cancelled_wait_is_a_protocol_error(void **state)
{
    struct flight flight = unbounded;

    (void)state;
    add(&flight, WIRE_WAIT);
    add(&flight, WIRE_CANCEL_WAIT);
    send_all(&flight);
    assert_int_equal(flight_receive(&flight, span_of("\1", 1)), 0);
    assert_int_equal(flight_receive(&flight, span_of("\1", 1)), TCPSTORE_EPROTOCOL);
    flight_done(&flight);
}

static void a_pop_from_an_empty_queue_is_answered_with_its_length_alone(void **state)
{
    struct flight flight = unbounded;
    struct buffer answers = {0};

    (void)state;
    add(&flight, WIRE_QUEUE_POP);
    add(&flight, WIRE_ADD);
    send_all(&flight);
    add_number(&answers, 0);
    add_number(&answers, 9);
    assert_int_equal(receive(&flight, &answers, 0, answers.len), 0);
    assert_true(flight_is_done(&flight));
    assert_int_equal(flight.answers[0].value_count, 0);
    assert_true(flight.answers[1].number == 9);
    buffer_free(&answers);
    flight_done(&flight);
}

static void multi_get_of_no_keys_is_done_once_it_is_sent(void **state)
{
    const struct encode get = {.opcode = WIRE_MULTI_GET};
    struct tcpstore_value *taken;
    struct flight flight = unbounded;
    size_t count;

    (void)state;
    assert_int_equal(flight_add(&flight, &get), 0);
    send_all(&flight);
    assert_true(flight_is_done(&flight));
    values_take(&flight.values, &taken, &count);
    assert_int_equal(count, 0);
    tcpstore_values_free(taken, count);
    flight_done(&flight);
}

static void values_that_are_taken_outlive_the_flight(void **state)
{
    struct flight flight = unbounded;
    struct buffer answers = {0};
    struct tcpstore_value *taken;
    size_t count;

    (void)state;
    add(&flight, WIRE_GET);
    add(&flight, WIRE_GET);
    send_all(&flight);
    buffer_add_sized(&answers, text("first"));
    buffer_add_sized(&answers, text("second"));
    assert_int_equal(receive(&flight, &answers, 0, answers.len), 0);
    values_take(&flight.values, &taken, &count);
    flight_done(&flight);
    assert_int_equal(count, 2);
    assert_string_equal(taken[0].bytes, "first");
    assert_string_equal(taken[1].bytes, "second");
    tcpstore_value_free(&taken[1]);
    tcpstore_value_free(&taken[1]);
    tcpstore_values_free(taken, count);
    buffer_free(&answers);
}

static void a_flight_rewound_in_the_middle_of_an_answer_reads_it_from_its_start(void **state)
{
    struct flight flight = unbounded;
    struct buffer answer = {0};

    (void)state;
    add(&flight, WIRE_GET);
    add_answer(&answer, WIRE_GET);
    for (size_t cut = 0; cut < answer.len; cut++) {
        send_all(&flight);
        assert_int_equal(receive(&flight, &answer, 0, cut), 0);
        flight_rewind(&flight);
    }
    send_all(&flight);
    assert_int_equal(receive(&flight, &answer, 0, answer.len), 0);
    assert_all_answered(&flight);
    buffer_free(&answer);
    flight_done(&flight);
}

static void clear_frees_the_memory_of_large_requests(void **state)
{
    enum { LARGE = 1 << 20 };
    static const uint8_t large[LARGE];
    const struct span value = span_of(large, LARGE);
    struct encode set = example(WIRE_SET);
    struct flight flight = unbounded;

    (void)state;
    add(&flight, WIRE_SET);
    flight_clear(&flight);
    assert_int_equal(flight.count, 0);
    assert_true(flight.requests_room > 0);
    set.values = &value;
    assert_int_equal(flight_add(&flight, &set), 0);
    flight_clear(&flight);
    assert_int_equal(flight.requests_room, 0);
    add(&flight, WIRE_GET);
    flight_done(&flight);
}

static void keys_and_values_past_every_servers_limits_are_refused(void **state)
{
    struct span long_key = span_of("", FLIGHT_KEY_MAX);
    struct span long_value = span_of("", (size_t)FLIGHT_VALUE_MAX + 1);
    struct encode get = {.opcode = WIRE_GET, .keys = &long_key, .prefix = text("/")};
    struct encode prefixed = {
        .opcode = WIRE_GET, .keys = keys, .prefix = span_of("", (size_t)FLIGHT_KEY_MAX + 1)};
    struct encode set = {.opcode = WIRE_SET, .keys = keys, .values = &long_value};
    struct encode wait = {.opcode = WIRE_WAIT, .count = (size_t)FLIGHT_COUNT_MAX + 1};
    struct flight flight = unbounded;

    (void)state;
    assert_int_equal(flight_add(&flight, &get), TCPSTORE_EKEYSIZE);
    assert_int_equal(flight_add(&flight, &prefixed), TCPSTORE_EKEYSIZE);
    assert_int_equal(flight_add(&flight, &set), TCPSTORE_EVALUESIZE);
    assert_int_equal(flight_add(&flight, &wait), TCPSTORE_EKEYCOUNT);
    assert_int_equal(flight.count, 0);
    assert_int_equal(flight_unsent(&flight).len, 0);
    flight_done(&flight);
}

/* Sanitizers detect accesses out of bounds. */
static void random_answers_are_read_or_are_protocol_errors(void **state)
{
    unsigned seed = 7;

    (void)state;
    for (int try = 0; try < 20000; try++) {
        struct flight flight = unbounded;
        struct buffer answers = {0};
        int code;

        for (int i = 0; i < 60; i++) {
            seed = seed * 1103515245 + 12345;
            buffer_add_u8(&answers, (seed >> 16) % 4 == 0 ? (uint8_t)(seed >> 20) % 9 : 0);
        }
        add(&flight, (enum wire_opcode)(try % WIRE_OPCODE_COUNT));
        add(&flight, (enum wire_opcode)(try / WIRE_OPCODE_COUNT % WIRE_OPCODE_COUNT));
        send_all(&flight);
        code = receive_apart(&flight, &answers, 0, answers.len);
        assert_true(code == 0 || code == TCPSTORE_EPROTOCOL);
        buffer_free(&answers);
        flight_done(&flight);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_sent_in_the_order_they_were_added),
        cmocka_unit_test(every_key_of_a_request_gets_the_prefix),
        cmocka_unit_test(an_empty_flight_has_nothing_to_send),
        cmocka_unit_test(a_flight_is_done_once_it_is_sent_and_answered),
        cmocka_unit_test(an_answer_cut_at_any_byte_is_read_whole),
        cmocka_unit_test(the_answers_to_all_requests_cut_at_any_byte_are_read_whole),
        cmocka_unit_test(answers_that_arrive_byte_by_byte_are_read_whole),
        cmocka_unit_test(a_refused_allocation_leaves_the_flight_unchanged_or_fails_it),
        cmocka_unit_test(answers_past_the_bound_with_overhead_are_refused),
        cmocka_unit_test(an_announced_size_past_the_bound_is_refused_without_allocating),
        cmocka_unit_test(a_large_value_takes_memory_only_for_the_bytes_received),
        cmocka_unit_test(announced_sizes_take_no_memory),
        cmocka_unit_test(an_answer_that_no_server_sends_is_a_protocol_error),
        cmocka_unit_test(bytes_after_the_last_answer_are_a_protocol_error),
        cmocka_unit_test(a_wait_whose_release_crosses_its_cancel_is_released),
        cmocka_unit_test(a_second_answer_to_a_cancelled_wait_is_a_protocol_error),
        cmocka_unit_test(a_pop_from_an_empty_queue_is_answered_with_its_length_alone),
        cmocka_unit_test(multi_get_of_no_keys_is_done_once_it_is_sent),
        cmocka_unit_test(values_that_are_taken_outlive_the_flight),
        cmocka_unit_test(a_flight_rewound_in_the_middle_of_an_answer_reads_it_from_its_start),
        cmocka_unit_test(clear_frees_the_memory_of_large_requests),
        cmocka_unit_test(keys_and_values_past_every_servers_limits_are_refused),
        cmocka_unit_test(random_answers_are_read_or_are_protocol_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
