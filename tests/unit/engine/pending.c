/* Requests whose answers come later, in every order of a few events of two clients. */
#include "base/bytes.h"
#include "engine/dispatch.h"
#include "support/outbox_reader.h"
#include "support/requests.h"
#include "support/test.h"
#include "support/world.h"

enum {
    CLIENTS = 2,
    LENGTH = 5,       /* events of a sequence */
    PIECE = 12,       /* bytes of a request that arrive at a time: they cut it anywhere */
    REQUEST_MAX = 32, /* bytes of an ADD */
};

enum event {
    ARRIVES,   /* the next piece of an endless sequence of ADDs */
    TOO_EARLY, /* the session continues before the answer is known */
    ANSWERED,
    WITHDRAWN, /* the back end refuses the request that is pending */
    LEAVES,    /* another client connects in its place */
    EVENTS,
};

/* What each client must see. */
struct expected {
    size_t arrived;  /* bytes */
    size_t executed; /* requests */
    bool is_pending;
};

static struct world world;
static enum event now;
static struct expected expected[CLIENTS];
static int64_t sum;
static uint8_t add[REQUEST_MAX];
static size_t add_len;

static int execute_or_defer(struct execution *execution)
{
    switch (now) {
    case ANSWERED:
        now = TOO_EARLY; /* only the first one */
        return dispatch(execution);
    case WITHDRAWN:
        return TCPSTORE_ECANCELED;
    default:
        return STOP_PENDING;
    }
}

static void connect(size_t client)
{
    expected[client] = (struct expected){0};
    assert_int_equal(world_validate(&world, client), 0);
}

static void arrive(size_t client, struct effects *effects)
{
    uint8_t piece[PIECE];

    for (size_t i = 0; i < PIECE; i++)
        piece[i] = add[expected[client].arrived++ % add_len];
    session_feed(&world.engine, &world.clients[client].session, span_of(piece, PIECE), effects);
}

static void expect_sum(void)
{
    uint8_t reply[8];

    bytes_put_u64(reply, (uint64_t)++sum);
    outbox_read(&world.outbox, &world.clients[0].replies);
    world_expect(&world, 0, span_of(reply, sizeof(reply)));
}

static void go_on(size_t client, struct effects *effects)
{
    enum event event = now;
    enum stop stop = session_continue(&world.engine, &world.clients[client].session, effects);

    if (event == ANSWERED) {
        expected[client].executed++;
        expect_sum();
    } else if (event == WITHDRAWN) {
        assert_int_equal(stop, STOP_REFUSED);
        assert_int_equal(effects->refusal.code, TCPSTORE_ECANCELED);
        assert_string_equal(effects->refusal.operation, "ADD");
        world_leave(&world, client);
        connect(client);
    }
}

static void check(size_t client)
{
    const struct session *session = &world.clients[client].session;
    size_t left = expected[client].arrived - expected[client].executed * add_len;

    assert_int_equal(session->stop, left >= add_len ? STOP_PENDING : STOP_NEEDS_BYTES);
    assert_int_equal(session->input.len, left);
    assert_int_equal(world.outbox.bytes, 0);
}

static void happen(size_t client, enum event event)
{
    struct effects effects;

    effects_init(&effects, &world.outbox);
    now = event;
    if (event == ARRIVES) {
        arrive(client, &effects);
    } else if (event == LEAVES) {
        world_leave(&world, client);
        connect(client);
    } else if (world.clients[client].session.stop == STOP_PENDING) {
        go_on(client, &effects);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        check(i);
}

static void run(size_t sequence)
{
    assert_int_equal(world_init(&world, 0), 0);
    engine_execute_with(&world.engine, execute_or_defer);
    sum = 0;
    for (size_t i = 0; i < CLIENTS; i++)
        connect(i);
    for (size_t i = 0; i < CLIENTS; i++)
        happen(i, ARRIVES);
    for (int i = 0; i < LENGTH; i++) {
        happen(sequence % CLIENTS, (enum event)(sequence / CLIENTS % EVENTS));
        sequence /= (size_t)CLIENTS * EVENTS;
    }
    world_done(&world);
}

static void pending_requests_in_every_order_take_effect_once_and_only_when_they_are_answered(
    void **state)
{
    struct buffer request = {0};
    size_t sequences = 1;

    (void)state;
    add_numbered(&request, OP_ADD, "n", 1);
    assert_true(request.len <= sizeof(add));
    span_copy(add, buffer_span(&request));
    add_len = request.len;
    buffer_free(&request);
    for (int i = 0; i < LENGTH; i++)
        sequences *= (size_t)CLIENTS * EVENTS;
    for (size_t i = 0; i < sequences; i++)
        run(i);
}

static uint64_t time_of_execution;

static int note_time(struct execution *execution)
{
    time_of_execution = execution->effects->now;
    return 0;
}

static void a_request_is_executed_at_the_time_of_the_effects(void **state)
{
    struct effects effects;
    struct buffer request = {0};

    (void)state;
    assert_int_equal(world_init(&world, 0), 0);
    engine_execute_with(&world.engine, note_time);
    connect(0);
    effects_init(&effects, &world.outbox);
    effects.now = 1234;
    add_bare(&request, OP_GETNUMKEYS);
    session_feed(&world.engine, &world.clients[0].session, buffer_span(&request), &effects);
    assert_int_equal(time_of_execution, 1234);
    buffer_free(&request);
    world_done(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_executed_at_the_time_of_the_effects),
        cmocka_unit_test(
            pending_requests_in_every_order_take_effect_once_and_only_when_they_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
