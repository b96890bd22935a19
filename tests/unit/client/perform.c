/* What each policy sends and returns, against a server that follows a script. */
#include "support/test.h"

#include "client/perform.h"
#include "support/heap.h"
#include "support/peer.h"

enum { STEPS_MAX = 4 };

struct step {
    enum wire_opcode request; /* on the key /k */
    struct span answer;
};

struct scenario {
    enum policy policy;
    enum wire_opcode opcode;
    int32_t timeout_ms;
    int code; /* expected, as are number and value */
    int64_t number;
    const char *value;            /* NULL: the outcome has none */
    struct step steps[STEPS_MAX]; /* up to the first without an answer */
};

#define BYTES(bytes)                                \
    {                                               \
        (const uint8_t *)(bytes), sizeof(bytes) - 1 \
    }
#define READY BYTES("\0")
#define NOT_READY BYTES("\1")
#define STOP_WAITING BYTES("\0")
#define ZERO "\0\0\0\0\0\0\0\0"
#define ONE "\1\0\0\0\0\0\0\0"

enum { LONG_MS = 20000 };

static const struct scenario scenarios[] = {
    {POLICY_IMMEDIATE, WIRE_ADD, LONG_MS, 0, 1, NULL, {{WIRE_ADD, BYTES(ONE)}}},
    {POLICY_IMMEDIATE, WIRE_GET, LONG_MS, 0, 0, "v", {{WIRE_GET, BYTES(ONE "v")}}},
    {POLICY_IMMEDIATE, WIRE_ADD, -2, TCPSTORE_EINVAL, 0, NULL, {{WIRE_ADD, {NULL, 0}}}},
    {POLICY_IF_PRESENT,
     WIRE_GET,
     LONG_MS,
     0,
     0,
     "v",
     {{WIRE_CHECK, READY}, {WIRE_GET, BYTES(ONE "v")}}},
    {POLICY_IF_PRESENT,
     WIRE_GET,
     LONG_MS,
     TCPSTORE_ENOKEY,
     0,
     NULL,
     {{WIRE_CHECK, NOT_READY}, {WIRE_GET, BYTES(ZERO)}}},
    {POLICY_WAIT, WIRE_WAIT, LONG_MS, 0, 1, NULL, {{WIRE_WAIT, STOP_WAITING}}},
    {POLICY_WAIT, WIRE_BARRIER, LONG_MS, 0, 1, NULL, {{WIRE_BARRIER, STOP_WAITING}}},
    {POLICY_WAIT_FIRST,
     WIRE_GET,
     LONG_MS,
     0,
     0,
     "v",
     {{WIRE_WAIT, STOP_WAITING}, {WIRE_GET, BYTES(ONE "v")}}},
    {POLICY_WAIT_FOR_ENTRY,
     WIRE_QUEUE_POP,
     LONG_MS,
     0,
     1,
     "v",
     {{WIRE_WAIT, STOP_WAITING},
      {WIRE_QUEUE_POP, BYTES(ZERO)},
      {WIRE_WAIT, STOP_WAITING},
      {WIRE_QUEUE_POP, BYTES(ONE ONE "v")}}},
};

static const struct tcpstore_span key = {"k", 1};

static void expect_request(struct peer *peer, enum wire_opcode opcode)
{
    const struct span bytes = text("k");
    const struct encode encode = {
        .opcode = opcode, .number = 7, .prefix = text("/"), .keys = &bytes, .count = 1};
    uint8_t request[64];
    uint8_t *end = encode_request(&encode, request);

    peer_expect(peer, span_of(request, (size_t)(end - request)));
}

static struct peer *begin_script(void)
{
    struct peer *peer = peer_new("127.0.0.1");

    peer_accept(peer);
    peer_handshake(peer);
    return peer;
}

/* The last step of each script: any operation can follow. */
static struct tcpstore_client *end_script(struct peer *peer)
{
    struct tcpstore_client_options options;
    struct tcpstore_client *client;
    struct tcpstore_error error;

    expect_request(peer, WIRE_GETNUMKEYS);
    peer_send(peer, span_of(ONE, 8));
    peer_await_end(peer);
    peer_start(peer);
    tcpstore_client_options_init(&options);
    options.port = peer_port(peer);
    options.timeout_ms = LONG_MS;
    if (tcpstore_client_connect(&options, &error, &client))
        fail_msg("%s", error.text);
    return client;
}

static void finish(struct peer *peer, struct tcpstore_client *client)
{
    struct operation operation = {.verb = "count the keys", .opcode = WIRE_GETNUMKEYS};
    struct outcome outcome;

    assert_false(client->connection->locked);
    assert_int_equal(client_perform(client, &operation, TCPSTORE_TIMEOUT, NULL, &outcome), 0);
    assert_true(outcome.number == 1);
    tcpstore_client_free(client);
    peer_end(peer);
}

static void assert_outcome(const struct scenario *scenario, struct outcome *outcome)
{
    assert_true(outcome->number == scenario->number);
    assert_int_equal(outcome->value_count, scenario->value != NULL);
    if (scenario->value != NULL)
        assert_string_equal(outcome->values[0].bytes, scenario->value);
    tcpstore_values_free(outcome->values, outcome->value_count);
}

static void assert_scenario(const struct scenario *scenario)
{
    struct operation operation = operation_on_key("perform", scenario->opcode, &key);
    struct peer *peer = begin_script();
    struct outcome outcome = {.number = -1};
    struct tcpstore_client *client;

    for (size_t i = 0; i < STEPS_MAX && scenario->steps[i].answer.len > 0; i++) {
        expect_request(peer, scenario->steps[i].request);
        peer_send(peer, scenario->steps[i].answer);
    }
    client = end_script(peer);
    operation.policy = scenario->policy;
    operation.number = 7;
    assert_int_equal(
        client_perform(client, &operation, scenario->timeout_ms, NULL, &outcome),
        scenario->code);
    assert_outcome(scenario, &outcome);
    finish(peer, client);
}

static void each_policy_sends_its_requests_and_leaves_the_connection_usable(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        assert_scenario(&scenarios[i]);
}

static void a_wait_that_times_out_is_cancelled_before_its_request(void **state)
{
    const uint8_t cancel = WIRE_CANCEL_WAIT;
    struct operation operation = operation_on_key("get", WIRE_GET, &key);
    struct peer *peer = begin_script();
    struct tcpstore_client *client;
    struct tcpstore_error error;

    (void)state;
    expect_request(peer, WIRE_WAIT);
    peer_expect(peer, span_of(&cancel, 1));
    peer_send(peer, span_of("\1", 1));
    client = end_script(peer);
    operation.policy = POLICY_WAIT_FIRST;
    assert_int_equal(client_perform(client, &operation, 0, &error, NULL), TCPSTORE_ETIMEDOUT);
    assert_memory_equal(error.text, "get /k at 127.0.0.1:", 20);
    finish(peer, client);
}

/* The release crosses the cancel, so that the wait succeeds after its deadline. */
static void a_pop_that_finds_the_queue_empty_past_its_deadline_times_out(void **state)
{
    const uint8_t cancel = WIRE_CANCEL_WAIT;
    struct operation operation = operation_on_key("pop from queue", WIRE_QUEUE_POP, &key);
    struct peer *peer = begin_script();
    struct tcpstore_client *client;
    struct tcpstore_error error;

    (void)state;
    expect_request(peer, WIRE_WAIT);
    peer_expect(peer, span_of(&cancel, 1));
    peer_send(peer, span_of("\0\1", 2));
    expect_request(peer, WIRE_QUEUE_POP);
    peer_send(peer, span_of(ZERO, 8));
    client = end_script(peer);
    operation.policy = POLICY_WAIT_FOR_ENTRY;
    assert_int_equal(client_perform(client, &operation, 0, &error, NULL), TCPSTORE_ETIMEDOUT);
    assert_non_null(strstr(error.text, ": other clients took every entry"));
    finish(peer, client);
}

/* The second wait is released while it is cancelled. */
static void a_pop_whose_second_wait_is_released_late_gets_the_entry(void **state)
{
    enum { SHORT_MS = 50 };
    const uint8_t cancel = WIRE_CANCEL_WAIT;
    struct operation operation = operation_on_key("pop from queue", WIRE_QUEUE_POP, &key);
    struct peer *peer = begin_script();
    struct tcpstore_client *client;
    struct tcpstore_error error;

    (void)state;
    expect_request(peer, WIRE_WAIT);
    peer_send(peer, span_of("\0", 1));
    expect_request(peer, WIRE_QUEUE_POP);
    peer_send(peer, span_of(ZERO, 8));
    expect_request(peer, WIRE_WAIT);
    peer_expect(peer, span_of(&cancel, 1));
    peer_send(peer, span_of("\0\1", 2));
    expect_request(peer, WIRE_QUEUE_POP);
    peer_send(peer, span_of(ONE ONE "v", 17));
    client = end_script(peer);
    operation.policy = POLICY_WAIT_FOR_ENTRY;
    if (client_perform(client, &operation, SHORT_MS, &error, NULL))
        fail_msg("%s", error.text);
    finish(peer, client);
}

static void a_request_that_cannot_be_added_is_not_sent(void **state)
{
    const struct tcpstore_span many[5] = {{NULL, 0}};
    struct operation operation = operation_on_keys("check", WIRE_CHECK, many, 5);
    struct peer *peer = begin_script();
    struct tcpstore_client *client = end_script(peer);

    (void)state;
    operation.key_count = (size_t)FLIGHT_COUNT_MAX + 1;
    assert_int_equal(
        client_perform(client, &operation, TCPSTORE_TIMEOUT, NULL, NULL), TCPSTORE_EINVAL);
    operation.key_count = 5;
    heap_refuse(1);
    assert_int_equal(
        client_perform(client, &operation, TCPSTORE_TIMEOUT, NULL, NULL), TCPSTORE_ENOMEM);
    finish(peer, client);
}

static void a_ping_has_the_nonce_of_its_operation(void **state)
{
    struct operation operation = {.verb = "ping", .opcode = WIRE_PING, .nonce = 0x04030201};
    struct flight flight = {0};

    (void)state;
    operation.flight = &flight;
    assert_int_equal(operation_add(&operation, operation.opcode), 0);
    assert_spans_equal(flight_unsent(&flight), span_of("\x0d\1\2\3\4", 5));
    flight_done(&flight);
}

/* Few keys are converted on the stack, more in allocated memory. */
static void a_request_on_any_number_of_keys_has_all_of_them(void **state)
{
    enum { MOST = 9 };
    struct tcpstore_span keys[MOST];
    struct span spans[MOST];
    uint8_t expected[512];

    (void)state;
    for (size_t count = 0; count <= MOST; count++) {
        struct operation operation = operation_on_keys("set", WIRE_MULTI_SET, keys, count);
        const struct encode encode = {
            .opcode = WIRE_MULTI_SET, .keys = spans, .values = spans, .count = count};
        struct flight flight = {0};
        uint8_t *end = encode_request(&encode, expected);

        operation.values = keys;
        operation.value_count = count;
        operation.flight = &flight;
        assert_int_equal(operation_add(&operation, operation.opcode), 0);
        assert_spans_equal(flight_unsent(&flight), span_of(expected, (size_t)(end - expected)));
        flight_done(&flight);
        if (count < MOST) {
            keys[count] = tcpstore_bytes("abcdefghi", count);
            spans[count] = span_of("abcdefghi", count);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_policy_sends_its_requests_and_leaves_the_connection_usable),
        cmocka_unit_test(a_wait_that_times_out_is_cancelled_before_its_request),
        cmocka_unit_test(a_pop_that_finds_the_queue_empty_past_its_deadline_times_out),
        cmocka_unit_test(a_pop_whose_second_wait_is_released_late_gets_the_entry),
        cmocka_unit_test(a_request_that_cannot_be_added_is_not_sent),
        cmocka_unit_test(a_ping_has_the_nonce_of_its_operation),
        cmocka_unit_test(a_request_on_any_number_of_keys_has_all_of_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
