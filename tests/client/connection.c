/* Failing connections: to a server that follows a script, and to no server. */
#include "support/test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/dial.h"
#include "support/requests.h"
#include "support/session.h"
#include "support/store.h"

static struct tcpstore_error error;

static struct tcpstore_span t(const char *string)
{
    return tcpstore_text(string);
}

static struct tcpstore_client *connect_to(const struct tcpstore_client_options *options)
{
    struct tcpstore_client *client;

    if (tcpstore_client_connect(options, &error, &client))
        fail_msg("%s", error.text);
    return client;
}

static void assert_no_connection(
    const struct tcpstore_client_options *options, int code, const char *words)
{
    struct tcpstore_client *client = (struct tcpstore_client *)&error;

    assert_fails(tcpstore_client_connect(options, &error, &client), code, &error, words);
    assert_null(client);
}

/* No program listens on the port, and none gets it until the socket is closed. */
static int take_port(uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void connect_with_options_out_of_range_is_refused(void **state)
{
    struct tcpstore_client_options options = session_options(0);

    (void)state;
    assert_no_connection(&options, TCPSTORE_EINVAL, "port: expected");
    options = session_options(1);
    options.connect_timeout_ms = -1;
    assert_no_connection(&options, TCPSTORE_EINVAL, "connect_timeout_ms: expected 0 or more");
    options = session_options(1);
    options.timeout_ms = -1;
    assert_no_connection(&options, TCPSTORE_EINVAL, "timeout_ms: expected 0 or more");
    options = session_options(1);
    options.host = NULL;
    assert_no_connection(&options, TCPSTORE_EINVAL, "host");
}

static void an_error_of_connect_names_the_cause_and_the_next_step(void **state)
{
    uint16_t port;
    int fd = take_port(&port);
    struct tcpstore_client_options options = session_options(port);

    (void)state;
    assert_no_connection(
        &options, TCPSTORE_ECONNECT,
        "connect to 127.0.0.1:|connection refused (1 address tried, 1 attempt in | s)|"
        "is the server running");
    options.connect_timeout_ms = 100;
    assert_no_connection(&options, TCPSTORE_ECONNECT, "1 address tried, | attempts in | s)");
    options.connect_timeout_ms = 0;
    options.host = "::1";
    assert_no_connection(&options, TCPSTORE_ECONNECT, "connect to [::1]:");
    options.host = "no such name.invalid";
    assert_no_connection(
        &options, TCPSTORE_ECONNECT, "cannot resolve the name|is the name right?");
    close(fd);
}

struct patience {
    int asked;
    int most;
};

static bool keep_trying(void *context, const char *reason)
{
    struct patience *patience = context;

    assert_string_equal(reason, "connection refused");
    return ++patience->asked < patience->most;
}

static void keep_trying_is_asked_after_each_round(void **state)
{
    uint16_t port;
    int fd = take_port(&port);
    struct patience patience = {.most = 1};
    struct tcpstore_client_options options = store_options(port);

    (void)state;
    options.keep_trying = keep_trying;
    options.keep_trying_context = &patience;
    assert_no_connection(&options, TCPSTORE_ECONNECT, "connection refused|, 1 attempt in");
    assert_int_equal(patience.asked, 1);
    patience = (struct patience){.most = 3};
    assert_no_connection(&options, TCPSTORE_ECONNECT, "connection refused|, 3 attempts in");
    assert_int_equal(patience.asked, 3);
    close(fd);
}

static void keep_trying_is_asked_by_clone_and_reconnect(void **state)
{
    struct tcpstore_server *server = store_start();
    struct patience patience = {.most = 1};
    struct tcpstore_client_options options = store_options(tcpstore_server_port(server));
    struct tcpstore_client *client, *clone;

    (void)state;
    options.keep_trying = keep_trying;
    options.keep_trying_context = &patience;
    client = connect_to(&options);
    assert_int_equal(patience.asked, 0);
    tcpstore_server_free(server);
    assert_fails(
        tcpstore_client_clone(client, &error, &clone), TCPSTORE_ECONNECT, &error,
        ", 1 attempt in");
    assert_fails(
        tcpstore_client_reconnect(client, &error), TCPSTORE_ECONNECT, &error, ", 1 attempt in");
    assert_int_equal(patience.asked, 2);
    tcpstore_client_free(client);
}

static void a_socket_never_gets_the_descriptor_of_a_closed_standard_stream(void **state)
{
    struct tcpstore_server *server = store_start();
    struct tcpstore_client_options options = session_options(tcpstore_server_port(server));
    struct tcpstore_client *client = NULL;
    int output = fcntl(STDOUT_FILENO, F_DUPFD, 10);
    int code, taken;

    (void)state;
    close(STDOUT_FILENO);
    code = tcpstore_client_connect(&options, &error, &client);
    taken = fcntl(STDOUT_FILENO, F_GETFD);
    dup2(output, STDOUT_FILENO);
    close(output);
    assert_int_equal(code, 0);
    assert_int_equal(taken, -1);
    tcpstore_client_free(client);
    tcpstore_server_free(server);
}

/* No TIME_WAIT keeps a server that starts later from the port. */
static void a_socket_connected_to_itself_counts_as_refused(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct tcpstore_client_options options;
    uint16_t port;
    int server;

    (void)state;
    close(take_port(&port));
    options = session_options(port);
    dial_itself();
    assert_no_connection(
        &options, TCPSTORE_ECONNECT, "connection refused (1 address tried, 1 attempt");
    options.connect_timeout_ms = 100;
    dial_itself();
    assert_no_connection(&options, TCPSTORE_ECONNECT, "connection refused (| attempts in");
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    address.sin_port = htons(port);
    server = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(server >= 0);
    assert_int_equal(bind(server, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(server, 1), 0);
    close(server);
}

static void connect_tries_every_address_of_a_name(void **state)
{
    struct peer *peer = peer_new("127.0.0.1");
    struct tcpstore_client_options options = session_options(peer_port(peer));
    struct tcpstore_client *client;

    (void)state;
    peer_accept(peer);
    peer_handshake(peer);
    peer_await_end(peer);
    peer_start(peer);
    options.host = "127.0.0.3,127.0.0.2,127.0.0.1";
    client = connect_to(&options);
    tcpstore_client_free(client);
    peer_end(peer);
    assert_no_connection(&options, TCPSTORE_ECONNECT, "3 addresses tried, 3 attempts");
}

/* The first address accepts the connection and never answers. */
static void connect_leaves_time_for_the_addresses_after_a_silent_one(void **state)
{
    struct peer *peer = peer_new("127.0.0.1");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(peer_port(peer))};
    struct tcpstore_client_options options = session_options(peer_port(peer));
    int silent = socket(AF_INET, SOCK_STREAM, 0);

    (void)state;
    assert_true(silent >= 0);
    inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
    assert_int_equal(bind(silent, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(silent, 5), 0);
    peer_accept(peer);
    peer_handshake(peer);
    peer_await_end(peer);
    peer_start(peer);
    options.host = "127.0.0.2,127.0.0.1";
    options.connect_timeout_ms = 2000;
    tcpstore_client_free(connect_to(&options));
    peer_end(peer);
    options.host = "127.0.0.2";
    options.connect_timeout_ms = 20;
    assert_no_connection(&options, TCPSTORE_ECONNECT, "connected, but got no response");
    close(silent);
}

/* The second attempt times out after half a second: its reason says less than the first one. */
static void an_attempt_cut_short_keeps_the_earlier_reason(void **state)
{
    struct peer *peer = peer_new("127.0.0.1");
    struct tcpstore_client_options options = session_options(peer_port(peer));

    (void)state;
    peer_accept(peer);
    peer_close(peer);
    peer_start(peer);
    options.connect_timeout_ms = 500;
    assert_no_connection(
        &options, TCPSTORE_ECONNECT, "by the server|(1 address tried, 2 attempts in 0.5 s");
    peer_end(peer);
}

/* A link-local address without its interface is unreachable. */
static void an_address_without_a_route_keeps_the_earlier_reason(void **state)
{
    struct tcpstore_client_options options;
    uint16_t port;
    int fd = take_port(&port);

    (void)state;
    options = session_options(port);
    options.host = "127.0.0.1,fe80::1";
    assert_no_connection(
        &options, TCPSTORE_ECONNECT, "connection refused (2 addresses tried, 2 attempts");
    options.host = "fe80::1";
    assert_no_connection(&options, TCPSTORE_ECONNECT, "(1 address tried");
    close(fd);
}

static void connect_waits_for_a_server_that_starts_late(void **state)
{
    struct peer *peer = peer_new("127.0.0.1");
    struct tcpstore_client_options options = store_options(peer_port(peer));

    (void)state;
    peer_accept(peer);
    peer_close(peer);
    peer_accept(peer);
    peer_reset(peer);
    peer_accept(peer);
    peer_handshake(peer);
    peer_await_end(peer);
    peer_start(peer);
    tcpstore_client_free(connect_to(&options));
    peer_end(peer);
}

static void connect_fails_at_once_if_the_peer_is_not_a_tcpstore_server(void **state)
{
    struct peer *peer = peer_new("127.0.0.1");
    struct tcpstore_client_options options = store_options(peer_port(peer));

    (void)state;
    peer_accept(peer);
    peer_skip(peer, 10);
    peer_send(peer, text("SSH-2.0-OpenSSH"));
    peer_await_end(peer);
    peer_start(peer);
    options.host = "127.0.0.1,127.0.0.2";
    assert_no_connection(
        &options, TCPSTORE_EPROTOCOL, "not a TCPStore server (wrong nonce|right port");
    peer_end(peer);
}

enum { LONG_MS = 20000 };

static void assert_lost_earlier(struct session *session, const char *words)
{
    int64_t count;

    assert_fails(
        tcpstore_num_keys(session->client, &error, &count), TCPSTORE_ELOST, &error, words);
}

/* The wait times out at once and is cancelled; the server answers with these bytes. */
static int wait_with_answer(struct span answer)
{
    const struct tcpstore_span key = t("k");
    struct session session;
    int64_t count = 0;
    int code;

    session_begin(&session);
    session_expect_wait(&session, "/k");
    session_expect_bare(&session, OP_CANCEL_WAIT);
    peer_send(session.peer, answer);
    session_expect_bare(&session, OP_GETNUMKEYS);
    session_send_number(&session, 7);
    peer_await_end(session.peer);
    session_start(&session, LONG_MS);
    code = tcpstore_wait(session.client, &key, 1, 0, &error);
    assert_int_equal(tcpstore_num_keys(session.client, &error, &count), 0);
    assert_int_equal(count, 7);
    session_end(&session);
    return code;
}

static void a_wait_released_while_it_is_cancelled_succeeds(void **state)
{
    (void)state;
    assert_int_equal(wait_with_answer(span_of("\1", 1)), TCPSTORE_ETIMEDOUT);
    assert_int_equal(wait_with_answer(span_of("\0\1", 2)), 0);
}

static void expect_pop(struct session *session, uint64_t length)
{
    struct buffer request = {0};

    add_keyed(&request, OP_QUEUE_POP, "/q");
    peer_expect(session->peer, buffer_span(&request));
    session_send_number(session, length);
    buffer_free(&request);
}

static void send_entry(struct session *session)
{
    struct buffer entry = {0};

    buffer_add_sized(&entry, text("entry"));
    peer_send(session->peer, buffer_span(&entry));
    buffer_free(&entry);
}

/* The first pop finds the queue empty; the second wait is followed by an entry. */
static void a_pop_waits_again_if_another_client_took_the_entry(void **state)
{
    struct tcpstore_value value;
    struct session session;

    (void)state;
    session_begin(&session);
    for (uint64_t length = 0; length < 2; length++) {
        session_expect_wait(&session, "/q");
        peer_send(session.peer, span_of("\0", 1));
        expect_pop(&session, length);
    }
    send_entry(&session);
    peer_await_end(session.peer);
    session_start(&session, LONG_MS);
    if (tcpstore_queue_pop(session.client, t("q"), TCPSTORE_TIMEOUT, &error, &value))
        fail_msg("%s", error.text);
    assert_string_equal(value.bytes, "entry");
    tcpstore_value_free(&value);
    session_end(&session);
}

/* After the wait the client would take its count back. */
static void a_prefix_barrier_that_loses_its_connection_reports_the_timeout(void **state)
{
    struct tcpstore_client *prefixed;
    struct session session;
    struct buffer request = {0};

    (void)state;
    session_begin(&session);
    add_numbered(&request, OP_ADD, "/job/b/num_members", 1);
    peer_expect(session.peer, buffer_span(&request));
    session_send_number(&session, 1);
    session_expect_wait(&session, "/job/b/last_member");
    session_expect_bare(&session, OP_CANCEL_WAIT);
    peer_await_end(session.peer);
    session_start(&session, LONG_MS);
    assert_int_equal(tcpstore_client_prefix(session.client, "job", &error, &prefixed), 0);
    assert_fails(
        tcpstore_barrier(prefixed, t("b"), 2, 0, &error), TCPSTORE_ETIMEDOUT, &error,
        "barrier /job/b at |timed out|no answer|closed");
    tcpstore_client_free(prefixed);
    session_end(&session);
    buffer_free(&request);
}

static void ignore_result(void *context, size_t index, const struct tcpstore_result *result)
{
    (void)context;
    (void)index;
    (void)result;
}

static void run_each_without_an_answer_times_out(void **state)
{
    struct tcpstore_batch *batch;
    struct session session;
    struct buffer request = {0};

    (void)state;
    session_begin(&session);
    add_keyed(&request, OP_GET, "/k");
    peer_expect(session.peer, buffer_span(&request));
    peer_await_end(session.peer);
    session_start(&session, LONG_MS);
    assert_int_equal(tcpstore_batch_new(session.client, &error, &batch), 0);
    assert_int_equal(tcpstore_batch_get(batch, t("k"), &error), 0);
    assert_fails(
        tcpstore_batch_run_each(batch, 10, ignore_result, NULL, &error), TCPSTORE_ETIMEDOUT,
        &error, "batch at |timed out|no answer");
    tcpstore_batch_free(batch);
    session_end(&session);
    buffer_free(&request);
}

static void the_connection_closes_if_the_server_ignores_a_cancel(void **state)
{
    struct session session;

    (void)state;
    session_begin(&session);
    peer_skip(session.peer, 1 + 8 + 8 + 8);
    session_expect_bare(&session, OP_CANCEL_WAIT);
    peer_await_end(session.peer);
    session_start(&session, LONG_MS);
    assert_fails(
        tcpstore_barrier(session.client, t("barrier"), 2, 0, &error), TCPSTORE_ETIMEDOUT,
        &error, "barrier /barrier at |timed out|no answer|closed");
    assert_lost_earlier(
        &session, "lost earlier (the server did not answer in time); reconnect");
    session_end(&session);
}

static void the_connection_closes_if_the_server_stalls(void **state)
{
    struct session session;
    int64_t count;

    (void)state;
    session_begin(&session);
    session_expect_bare(&session, OP_GETNUMKEYS);
    peer_send(session.peer, text("1234567"));
    peer_await_end(session.peer);
    session_start(&session, 50);
    assert_fails(
        tcpstore_num_keys(session.client, &error, &count), TCPSTORE_ETIMEDOUT, &error,
        "count the keys at |timed out after 0.|no answer|closed");
    assert_int_equal(count, 0);
    assert_lost_earlier(&session, "did not answer in time");
    session_end(&session);
}

static void answer_with_two_keys(struct buffer *answer)
{
    buffer_add_u64(answer, 2);
    buffer_add_sized(answer, text("/one"));
    buffer_add_sized(answer, text("/two"));
}

static void server_closes_after(size_t len, bool by_reset)
{
    struct tcpstore_value *keys;
    size_t count;
    struct buffer answer = {0};
    struct session session;

    answer_with_two_keys(&answer);
    session_begin(&session);
    session_expect_bare(&session, OP_LIST_KEYS);
    if (len > 0)
        peer_send(session.peer, span_of(answer.bytes, len));
    (by_reset ? peer_reset : peer_close)(session.peer);
    session_start(&session, LONG_MS);
    assert_fails(
        tcpstore_list_keys(session.client, &error, &keys, &count), TCPSTORE_ELOST, &error,
        by_reset ? "connection lost: reset by" : "connection lost: closed by the server");
    assert_null(keys);
    assert_int_equal(count, 0);
    assert_lost_earlier(&session, "lost earlier (|by the server|reconnect");
    session_end(&session);
    buffer_free(&answer);
}

static void an_operation_fails_if_its_answer_is_cut_at_any_byte(void **state)
{
    struct buffer answer = {0};

    (void)state;
    answer_with_two_keys(&answer);
    for (size_t len = 0; len < answer.len; len++) {
        server_closes_after(len, false);
        server_closes_after(len, true);
    }
    buffer_free(&answer);
}

static void assert_protocol_error(struct span answer)
{
    struct session session;
    int64_t count;

    session_begin(&session);
    session_expect_bare(&session, OP_GETNUMKEYS);
    peer_send(session.peer, answer);
    peer_await_end(session.peer);
    session_start(&session, LONG_MS);
    assert_fails(
        tcpstore_num_keys(session.client, &error, &count), TCPSTORE_EPROTOCOL, &error,
        "count the keys at |not a TCPStore server");
    assert_lost_earlier(&session, "lost earlier");
    session_end(&session);
}

static void an_answer_that_no_server_sends_closes_the_connection(void **state)
{
    (void)state;
    assert_protocol_error(text("\xff\xff\xff\xff\xff\xff\xff\xff"));
    assert_protocol_error(text("HTTP/1.1 400 Bad Request"));
}

static void reconnect_does_not_send_a_lost_request_again(void **state)
{
    struct buffer add = {0};
    struct session session;
    struct tcpstore_client *job;
    int64_t number;

    (void)state;
    add_numbered(&add, OP_ADD, "/n", 1);
    session_begin(&session);
    peer_expect(session.peer, buffer_span(&add));
    peer_close(session.peer);
    peer_accept(session.peer);
    peer_handshake(session.peer);
    session_expect_bare(&session, OP_GETNUMKEYS);
    session_send_number(&session, 7);
    peer_await_end(session.peer);
    session_start(&session, LONG_MS);
    assert_int_equal(tcpstore_client_prefix(session.client, "job", &error, &job), 0);
    assert_int_equal(tcpstore_add(session.client, t("n"), 1, &error, &number), TCPSTORE_ELOST);
    assert_int_equal(tcpstore_client_reconnect(job, &error), 0);
    assert_int_equal(tcpstore_client_reconnect(session.client, &error), 0);
    assert_int_equal(tcpstore_num_keys(session.client, &error, &number), 0);
    assert_int_equal(number, 7);
    tcpstore_client_free(job);
    session_end(&session);
    buffer_free(&add);
}

/* SET has no answer: only a look at the socket shows that the server has gone. */
static void a_connection_lost_while_idle_is_detected_before_sending(void **state)
{
    struct tcpstore_server *server = store_start();
    struct tcpstore_client *client = store_connect(tcpstore_server_port(server));

    (void)state;
    assert_int_equal(tcpstore_set(client, t("k"), t("v"), &error), 0);
    tcpstore_server_free(server);
    assert_fails(
        tcpstore_set(client, t("k"), t("v"), &error), TCPSTORE_ELOST, &error,
        "set /k at |connection lost: |by the server");
    tcpstore_client_free(client);
}

struct member {
    struct tcpstore_client *client;
    int code;
};

static void *pass_barrier(void *argument)
{
    struct member *member = argument;

    member->code = tcpstore_barrier(member->client, t("b"), 2, TCPSTORE_TIMEOUT, NULL);
    return NULL;
}

/* BARRIER does not release waits for its key, so this polls. */
static void poll_until_present(struct tcpstore_client *client, struct tcpstore_span key)
{
    bool present = false;

    while (!present)
        assert_int_equal(tcpstore_check(client, &key, 1, &error, &present), 0);
}

/* Once the barrier's key exists, the other thread holds the connection. */
static void a_deadline_counts_while_another_thread_holds_the_connection(void **state)
{
    struct tcpstore_server *server = store_start();
    struct member member = {.client = store_connect(tcpstore_server_port(server))};
    struct tcpstore_client *other = store_connect(tcpstore_server_port(server));
    const struct tcpstore_span key = t("b");
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, pass_barrier, &member), 0);
    poll_until_present(other, key);
    assert_fails(
        tcpstore_wait(member.client, &key, 1, 20, &error), TCPSTORE_ETIMEDOUT, &error,
        "wait for /b at |timed out after | s|other threads held the connection");
    assert_int_equal(tcpstore_barrier(other, key, 2, TCPSTORE_TIMEOUT, &error), 0);
    pthread_join(thread, NULL);
    assert_int_equal(member.code, 0);
    tcpstore_client_free(member.client);
    tcpstore_client_free(other);
    tcpstore_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connect_with_options_out_of_range_is_refused),
        cmocka_unit_test(an_error_of_connect_names_the_cause_and_the_next_step),
        cmocka_unit_test(keep_trying_is_asked_after_each_round),
        cmocka_unit_test(keep_trying_is_asked_by_clone_and_reconnect),
        cmocka_unit_test(a_socket_never_gets_the_descriptor_of_a_closed_standard_stream),
        cmocka_unit_test(a_socket_connected_to_itself_counts_as_refused),
        cmocka_unit_test(connect_tries_every_address_of_a_name),
        cmocka_unit_test(connect_leaves_time_for_the_addresses_after_a_silent_one),
        cmocka_unit_test(an_attempt_cut_short_keeps_the_earlier_reason),
        cmocka_unit_test(an_address_without_a_route_keeps_the_earlier_reason),
        cmocka_unit_test(connect_waits_for_a_server_that_starts_late),
        cmocka_unit_test(connect_fails_at_once_if_the_peer_is_not_a_tcpstore_server),
        cmocka_unit_test(a_wait_released_while_it_is_cancelled_succeeds),
        cmocka_unit_test(a_pop_waits_again_if_another_client_took_the_entry),
        cmocka_unit_test(a_prefix_barrier_that_loses_its_connection_reports_the_timeout),
        cmocka_unit_test(run_each_without_an_answer_times_out),
        cmocka_unit_test(the_connection_closes_if_the_server_ignores_a_cancel),
        cmocka_unit_test(the_connection_closes_if_the_server_stalls),
        cmocka_unit_test(an_operation_fails_if_its_answer_is_cut_at_any_byte),
        cmocka_unit_test(an_answer_that_no_server_sends_closes_the_connection),
        cmocka_unit_test(reconnect_does_not_send_a_lost_request_again),
        cmocka_unit_test(a_connection_lost_while_idle_is_detected_before_sending),
        cmocka_unit_test(a_deadline_counts_while_another_thread_holds_the_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
