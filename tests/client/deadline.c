/* Servers that send without end or read slowly: the deadline bounds the time of every
 * operation, answer_bytes_max its memory. */
#include "support/test.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "client/monotonic.h"
#include "support/session.h"
#include "support/store.h"

enum {
    TIMEOUT_MS = 100,
    GRACE_MS = 1000, /* for what follows a wait */
    SLACK_MS = 4000, /* for a busy machine */
    KEYS = 1 << 24,  /* announced, never all sent */
    BYTES = 1 << 30, /* of a value, likewise */
};

static const uint64_t empty_keys[8192];

/* One operation, which the server answers without end. */
struct flood {
    int (*operate)(struct tcpstore_client *client, struct tcpstore_error *error);
    enum operation request;
    bool waits_first;

    struct session session;
    pthread_t thread;
    struct tcpstore_error error;
    int code;
    int64_t took_ms;
};

static struct tcpstore_span key(void)
{
    return tcpstore_text("k");
}

static int list_keys(struct tcpstore_client *client, struct tcpstore_error *error)
{
    struct tcpstore_value *keys;
    size_t count;

    return tcpstore_list_keys(client, error, &keys, &count);
}

static int compare_set(struct tcpstore_client *client, struct tcpstore_error *error)
{
    struct tcpstore_value value;

    return tcpstore_compare_set(client, key(), key(), key(), error, &value);
}

static int get(struct tcpstore_client *client, struct tcpstore_error *error)
{
    struct tcpstore_value value;

    return tcpstore_get(client, key(), TCPSTORE_TIMEOUT, error, &value);
}

static int multi_get(struct tcpstore_client *client, struct tcpstore_error *error)
{
    const struct tcpstore_span one = key();
    struct tcpstore_value *values;

    return tcpstore_multi_get(client, &one, 1, TCPSTORE_TIMEOUT, error, &values);
}

static int queue_pop(struct tcpstore_client *client, struct tcpstore_error *error)
{
    struct tcpstore_value value;

    return tcpstore_queue_pop(client, key(), TCPSTORE_TIMEOUT, error, &value);
}

static int queue_pop_now(struct tcpstore_client *client, struct tcpstore_error *error)
{
    struct tcpstore_value value;

    return tcpstore_queue_pop_now(client, key(), error, &value);
}

static int batch(struct tcpstore_client *client, struct tcpstore_error *error)
{
    struct tcpstore_batch *gets;
    int code = tcpstore_batch_new(client, error, &gets);

    if (code)
        return code;
    code = tcpstore_batch_get(gets, key(), error);
    if (code == 0)
        code = tcpstore_batch_run(gets, TCPSTORE_TIMEOUT, error);
    tcpstore_batch_free(gets);
    return code;
}

static void expect_request(struct flood *flood)
{
    struct buffer request = {0};

    if (flood->waits_first) {
        session_expect_wait(&flood->session, "/k");
        peer_send(flood->session.peer, span_of("\0", 1));
    }
    if (flood->request == OP_LIST_KEYS)
        add_bare(&request, OP_LIST_KEYS);
    else if (flood->request == OP_COMPARE_SET)
        add_compare_set(&request, "/k", text("k"), text("k"));
    else if (flood->request == OP_MULTI_GET)
        add_keys(&request, OP_MULTI_GET, "/k");
    else
        add_keyed(&request, flood->request, "/k");
    peer_expect(flood->session.peer, buffer_span(&request));
    buffer_free(&request);
}

static void *run_operation(void *argument)
{
    struct flood *flood = argument;
    int64_t begun = monotonic_now();

    flood->code = flood->operate(flood->session.client, &flood->error);
    flood->took_ms = (monotonic_now() - begun) / NS_PER_MS;
    return NULL;
}

/* The server sends keys faster than they are read, and values byte by byte. */
static void flood_start(struct flood *flood)
{
    session_begin(&flood->session);
    expect_request(flood);
    if (flood->request == OP_QUEUE_POP)
        session_send_number(&flood->session, 1);
    if (flood->request == OP_LIST_KEYS) {
        session_send_number(&flood->session, KEYS);
        peer_repeat(flood->session.peer, span_of(empty_keys, sizeof(empty_keys)));
    } else {
        session_send_number(&flood->session, BYTES);
        peer_repeat(flood->session.peer, span_of("\0", 1));
    }
    session_start(&flood->session, TIMEOUT_MS);
    assert_int_equal(pthread_create(&flood->thread, NULL, run_operation, flood), 0);
}

static void flood_end(struct flood *flood)
{
    int64_t most = TIMEOUT_MS + (flood->waits_first ? GRACE_MS : 0) + SLACK_MS;

    pthread_join(flood->thread, NULL);
    assert_fails(flood->code, TCPSTORE_ETIMEDOUT, &flood->error, "timed out|closed");
    if (flood->took_ms > most)
        fail_msg("took %d ms, not %d", (int)flood->took_ms, (int)most);
    session_end(&flood->session);
}

static void an_answer_without_end_times_out(void **state)
{
    struct flood floods[] = {
        {.operate = list_keys, .request = OP_LIST_KEYS},
        {.operate = compare_set, .request = OP_COMPARE_SET},
        {.operate = queue_pop_now, .request = OP_QUEUE_POP},
        {.operate = batch, .request = OP_GET},
        {.operate = get, .request = OP_GET, .waits_first = true},
        {.operate = multi_get, .request = OP_MULTI_GET, .waits_first = true},
        {.operate = queue_pop, .request = OP_QUEUE_POP, .waits_first = true},
    };
    const size_t count = sizeof(floods) / sizeof(floods[0]);

    (void)state;
    for (size_t i = 0; i < count; i++)
        flood_start(&floods[i]);
    for (size_t i = 0; i < count; i++)
        flood_end(&floods[i]);
}

/* The server stops after 2 s; the client must have closed the connection by then. */
static void a_request_that_the_server_reads_slowly_times_out(void **state)
{
    enum { LARGE = 1 << 26 };
    struct tcpstore_error error;
    struct session session;
    char *large = calloc(1, LARGE);
    int64_t begun;

    (void)state;
    assert_non_null(large);
    session_begin(&session);
    peer_read_slowly(session.peer);
    session_start(&session, TIMEOUT_MS);
    begun = monotonic_now();
    assert_fails(
        tcpstore_set(session.client, key(), tcpstore_bytes(large, LARGE), &error),
        TCPSTORE_ETIMEDOUT, &error, "set /k at |timed out|closed");
    assert_true(monotonic_now() - begun < (TIMEOUT_MS + SLACK_MS) * NS_PER_MS);
    session_end(&session);
    free(large);
}

static size_t peak_bytes(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (size_t)usage.ru_maxrss * 1024;
}

/* The server announces `count` keys and repeats `answer`. */
static void assert_key_list_refused(size_t bound, uint64_t count, struct span answer)
{
    struct tcpstore_client_options options;
    struct tcpstore_error error;
    struct session session;
    size_t before;

    session_begin(&session);
    session_expect_bare(&session, OP_LIST_KEYS);
    session_send_number(&session, count);
    peer_repeat(session.peer, answer);
    options = session_options(peer_port(session.peer));
    if (bound > 0)
        options.answer_bytes_max = bound;
    session_start_with(&session, &options);
    before = peak_bytes();
    assert_fails(
        list_keys(session.client, &error), TCPSTORE_EANSWERSIZE, &error,
        "list the keys at |exceeds answer_bytes_max|ask for less");
    assert_true(peak_bytes() - before < (size_t)64 << 20);
    assert_fails(
        tcpstore_ping(session.client, &error), TCPSTORE_ELOST, &error,
        "lost earlier (an answer was too large); reconnect");
    session_end(&session);
}

/* Empty keys count, too: their bookkeeping takes memory. */
static void an_answer_past_the_bound_is_refused_without_allocating_it(void **state)
{
    enum { SMALL = 8 << 20, KEY = 1000 };
    struct buffer keys = {0};

    (void)state;
    assert_key_list_refused(0, 1000000000, span_of("\0\0\0\0\0\0\0\0", 8));
    buffer_add_u64(&keys, KEY);
    for (int i = 0; i < KEY; i++)
        buffer_add_u8(&keys, 'k');
    assert_key_list_refused(SMALL, 100000, buffer_span(&keys));
    buffer_free(&keys);
}

/* The answers to a batch count together. */
static void a_batch_and_a_clone_have_the_bound_of_the_options(void **state)
{
    enum { VALUE = 1000, BOUND = 2000 };
    static const char value[VALUE];
    struct tcpstore_server *server = store_start();
    struct tcpstore_client_options options = store_options(tcpstore_server_port(server));
    struct tcpstore_client *client, *clone;
    struct tcpstore_batch *gets;
    struct tcpstore_error error;

    (void)state;
    options.answer_bytes_max = BOUND;
    assert_int_equal(tcpstore_client_connect(&options, &error, &client), 0);
    assert_int_equal(tcpstore_client_clone(client, &error, &clone), 0);
    assert_int_equal(tcpstore_set(client, key(), tcpstore_bytes(value, VALUE), &error), 0);
    assert_int_equal(tcpstore_batch_new(clone, &error, &gets), 0);
    assert_int_equal(tcpstore_batch_get(gets, key(), &error), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(tcpstore_batch_run(gets, TCPSTORE_TIMEOUT, &error), 0);
    assert_int_equal(tcpstore_batch_get(gets, key(), &error), 0);
    assert_fails(
        tcpstore_batch_run(gets, TCPSTORE_TIMEOUT, &error), TCPSTORE_EANSWERSIZE, &error,
        "batch at |exceeds answer_bytes_max, 2000 bytes");
    tcpstore_batch_free(gets);
    tcpstore_client_free(clone);
    tcpstore_client_free(client);
    tcpstore_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_past_the_bound_is_refused_without_allocating_it),
        cmocka_unit_test(an_answer_without_end_times_out),
        cmocka_unit_test(a_request_that_the_server_reads_slowly_times_out),
        cmocka_unit_test(a_batch_and_a_clone_have_the_bound_of_the_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
