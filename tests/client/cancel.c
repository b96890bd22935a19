/* Operations that the program cancels through cancel_fd. */
#include "support/test.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "support/peer.h"
#include "support/requests.h"
#include "support/store.h"

static struct tcpstore_error error;

static struct tcpstore_span t(const char *string)
{
    return tcpstore_text(string);
}

static struct tcpstore_client *connect_with(uint16_t port, int cancel_fd)
{
    struct tcpstore_client_options options = store_options(port);
    struct tcpstore_client *client;

    options.cancel_fd = cancel_fd;
    if (tcpstore_client_connect(&options, &error, &client))
        fail_msg("%s", error.text);
    return client;
}

static void cancel(int cancel_fd)
{
    assert_int_equal(eventfd_write(cancel_fd, 1), 0);
}

static void end_cancelling(int cancel_fd)
{
    eventfd_t count;

    assert_int_equal(eventfd_read(cancel_fd, &count), 0);
}

struct fixture {
    struct tcpstore_server *server;
    struct tcpstore_client *client;
    int cancel_fd;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.server = store_start();
    fixture.cancel_fd = eventfd(0, EFD_CLOEXEC);
    fixture.client = connect_with(tcpstore_server_port(fixture.server), fixture.cancel_fd);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    tcpstore_client_free(fixture->client);
    close(fixture->cancel_fd);
    tcpstore_server_free(fixture->server);
    return 0;
}

static void assert_value(struct tcpstore_client *client, const char *key, const char *expected)
{
    struct tcpstore_value value;

    if (tcpstore_get_now(client, t(key), &error, &value))
        fail_msg("%s", error.text);
    assert_string_equal(value.bytes, expected);
    tcpstore_value_free(&value);
}

static void a_cancelled_wait_leaves_the_connection_usable(void **state)
{
    struct fixture *fixture = *state;
    const struct tcpstore_span key = t("never");
    struct tcpstore_value value;

    cancel(fixture->cancel_fd);
    for (int i = 0; i < 2; i++)
        assert_fails(
            tcpstore_wait(fixture->client, &key, 1, TCPSTORE_TIMEOUT, &error),
            TCPSTORE_ECANCELED, &error, "wait for /never at |was cancelled");
    assert_fails(
        tcpstore_queue_pop(fixture->client, key, TCPSTORE_TIMEOUT, &error, &value),
        TCPSTORE_ECANCELED, &error, "pop from queue /never at |was cancelled");
    end_cancelling(fixture->cancel_fd);
    assert_int_equal(tcpstore_ping(fixture->client, &error), 0);
}

static void a_cancelled_barrier_no_longer_counts_the_client(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_client *prefixed;

    assert_int_equal(tcpstore_client_prefix(fixture->client, "job", &error, &prefixed), 0);
    cancel(fixture->cancel_fd);
    assert_fails(
        tcpstore_barrier(fixture->client, t("b"), 2, TCPSTORE_TIMEOUT, &error),
        TCPSTORE_ECANCELED, &error, "barrier /b at |was cancelled");
    assert_fails(
        tcpstore_barrier(prefixed, t("b"), 2, TCPSTORE_TIMEOUT, &error), TCPSTORE_ECANCELED,
        &error, "barrier /job/b at |was cancelled");
    end_cancelling(fixture->cancel_fd);
    assert_value(fixture->client, "b", "0");
    assert_value(prefixed, "b/num_members", "0");
    tcpstore_client_free(prefixed);
}

static void wait_for_workers_is_cancelled(void **state)
{
    struct fixture *fixture = *state;

    cancel(fixture->cancel_fd);
    assert_fails(
        tcpstore_wait_for_workers(fixture->client, 2, TCPSTORE_TIMEOUT, &error),
        TCPSTORE_ECANCELED, &error, "wait for workers at |was cancelled");
    end_cancelling(fixture->cancel_fd);
    assert_int_equal(tcpstore_ping(fixture->client, &error), 0);
}

static void a_clone_is_cancelled_by_the_same_descriptor(void **state)
{
    struct fixture *fixture = *state;
    const struct tcpstore_span key = t("never");
    struct tcpstore_client *clone;

    assert_int_equal(tcpstore_client_clone(fixture->client, &error, &clone), 0);
    cancel(fixture->cancel_fd);
    assert_fails(
        tcpstore_wait(clone, &key, 1, TCPSTORE_TIMEOUT, &error), TCPSTORE_ECANCELED, &error,
        "was cancelled");
    end_cancelling(fixture->cancel_fd);
    tcpstore_client_free(clone);
}

static void a_cancelled_request_closes_the_connection(void **state)
{
    const int cancel_fd = eventfd(0, EFD_CLOEXEC);
    const uint8_t request = OP_GETNUMKEYS;
    struct peer *peer = peer_new("127.0.0.1");
    struct tcpstore_client *client;
    int64_t count;

    (void)state;
    peer_accept(peer);
    peer_handshake(peer);
    peer_expect(peer, span_of(&request, 1));
    peer_signal(peer, cancel_fd);
    peer_await_end(peer);
    peer_start(peer);
    client = connect_with(peer_port(peer), cancel_fd);
    assert_fails(
        tcpstore_num_keys(client, &error, &count), TCPSTORE_ECANCELED, &error,
        "was cancelled; the connection was closed");
    assert_fails(
        tcpstore_num_keys(client, &error, &count), TCPSTORE_ELOST, &error,
        "lost earlier (an operation was cancelled); reconnect");
    tcpstore_client_free(client);
    peer_end(peer);
    close(cancel_fd);
}

static void ignore(void *context, size_t index, const struct tcpstore_result *result)
{
    (void)context;
    (void)index;
    (void)result;
}

static void batch_run_each_is_cancelled(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_batch *batch;

    assert_int_equal(tcpstore_batch_new(fixture->client, &error, &batch), 0);
    assert_int_equal(tcpstore_batch_ping(batch, &error), 0);
    cancel(fixture->cancel_fd);
    assert_fails(
        tcpstore_batch_run_each(batch, TCPSTORE_TIMEOUT, ignore, NULL, &error),
        TCPSTORE_ECANCELED, &error, "was cancelled; the connection was closed");
    end_cancelling(fixture->cancel_fd);
    assert_int_equal(tcpstore_client_reconnect(fixture->client, &error), 0);
    assert_int_equal(tcpstore_batch_run_each(batch, TCPSTORE_TIMEOUT, ignore, NULL, &error), 0);
    tcpstore_batch_free(batch);
}

/* The program cancels when the pop has been sent: its entry must not be lost. */
static void the_pop_that_follows_a_wait_is_not_cancelled(void **state)
{
    const int cancel_fd = eventfd(0, EFD_CLOEXEC);
    struct peer *peer = peer_new("127.0.0.1");
    struct buffer wait = {0};
    struct buffer pop = {0};
    struct buffer answer = {0};
    struct tcpstore_client *client;
    struct tcpstore_value value;

    (void)state;
    add_keys(&wait, OP_WAIT, "/q");
    add_keyed(&pop, OP_QUEUE_POP, "/q");
    buffer_add_u64(&answer, 1);
    buffer_add_sized(&answer, text("entry"));
    peer_accept(peer);
    peer_handshake(peer);
    peer_expect(peer, buffer_span(&wait));
    peer_send(peer, span_of("\0", 1));
    peer_expect(peer, buffer_span(&pop));
    peer_signal(peer, cancel_fd);
    peer_send(peer, buffer_span(&answer));
    peer_await_end(peer);
    peer_start(peer);
    client = connect_with(peer_port(peer), cancel_fd);
    if (tcpstore_queue_pop(client, t("q"), TCPSTORE_TIMEOUT, &error, &value))
        fail_msg("%s", error.text);
    assert_string_equal(value.bytes, "entry");
    tcpstore_value_free(&value);
    tcpstore_client_free(client);
    peer_end(peer);
    buffer_free(&wait);
    buffer_free(&pop);
    buffer_free(&answer);
    close(cancel_fd);
}

static void connect_is_cancelled_while_it_waits_and_between_attempts(void **state)
{
    const int cancel_fd = eventfd(1, EFD_CLOEXEC);
    struct peer *silent = peer_new("127.0.0.1");
    struct tcpstore_client_options options = store_options(peer_port(silent));
    struct tcpstore_client *client;

    (void)state;
    options.cancel_fd = cancel_fd;
    assert_fails(
        tcpstore_client_connect(&options, &error, &client), TCPSTORE_ECANCELED, &error,
        "connect to 127.0.0.1:|: cancelled");
    options.port = 1; /* refuses: cancelling ends the pause before the next attempt */
    assert_fails(
        tcpstore_client_connect(&options, &error, &client), TCPSTORE_ECANCELED, &error,
        "connect to 127.0.0.1:1: cancelled");
    peer_start(silent);
    peer_end(silent);
    close(cancel_fd);
}

#define with_store(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(a_cancelled_wait_leaves_the_connection_usable),
        with_store(a_cancelled_barrier_no_longer_counts_the_client),
        with_store(wait_for_workers_is_cancelled),
        with_store(a_clone_is_cancelled_by_the_same_descriptor),
        with_store(batch_run_each_is_cancelled),
        cmocka_unit_test(a_cancelled_request_closes_the_connection),
        cmocka_unit_test(the_pop_that_follows_a_wait_is_not_cancelled),
        cmocka_unit_test(connect_is_cancelled_while_it_waits_and_between_attempts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
