/* Replies that a client does not read yet, never reads, or that are too many. */
#include "support/test.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tcpstore/server.h>

#include "support/raw_client.h"
#include "support/receive.h"
#include "support/store.h"

enum { LARGE = 3 << 20, GETS = 60 };

static void store_large(int fd, struct buffer *requests, uint8_t *value)
{
    for (size_t i = 0; i < LARGE; i++)
        value[i] = (uint8_t)(i * 31 + i / 251);
    add_valued(requests, OP_SET, "large", span_of(value, LARGE));
    raw_send(fd, requests);
    raw_ping(fd);
}

/* A server with a large value, a client that asks for it, and another client. */
struct large {
    struct tcpstore_server *server;
    uint8_t *value;
    struct buffer requests;
    int fd;
    int other;
};

static void large_begin(struct large *large, const struct tcpstore_server_options *options)
{
    *large = (struct large){.server = store_start_with(options), .value = malloc(LARGE)};
    assert_non_null(large->value);
    large->fd = raw_join("127.0.0.1", tcpstore_server_port(large->server));
    large->other = raw_join("127.0.0.1", tcpstore_server_port(large->server));
    store_large(large->fd, &large->requests, large->value);
}

static void large_end(struct large *large)
{
    close(large->fd);
    close(large->other);
    tcpstore_server_free(large->server);
    buffer_free(&large->requests);
    free(large->value);
}

static void request_all_and_end(struct large *large)
{
    for (int i = 0; i < GETS; i++)
        add_keyed(&large->requests, OP_GET, "large");
    raw_send(large->fd, &large->requests);
    assert_int_equal(shutdown(large->fd, SHUT_WR), 0);
}

static void read_large(int fd, const uint8_t *value)
{
    static const uint8_t length[8] = {0, 0, LARGE >> 16};

    raw_assert_reply(fd, span_of(length, sizeof(length)));
    raw_assert_reply(fd, span_of(value, LARGE));
}

static void read_all(const struct large *large)
{
    for (int i = 0; i < GETS; i++)
        read_large(large->fd, large->value);
    raw_assert_closed(large->fd);
}

/* 180 MB of replies within 32 MB of memory, to a client that has shut down its side. */
static void a_late_reader_gets_every_reply_within_the_memory_limit(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    struct large large;

    (void)state;
    options.limits.memory_bytes = 32 << 20;
    large_begin(&large, &options);
    request_all_and_end(&large);
    raw_ping(large.other);
    read_all(&large);
    raw_ping(large.other);
    large_end(&large);
}

/* The mark is too high to pause reading, so the server reads the end of the requests while
 * their replies still wait. */
static void a_client_that_ended_its_requests_still_gets_its_replies(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    struct large large;

    (void)state;
    options.limits.output_high_water = options.limits.output_hard_cap / 3;
    large_begin(&large, &options);
    request_all_and_end(&large);
    for (int i = 0; i < 3; i++)
        raw_ping(large.other); /* after these the server has read the end */
    read_all(&large);
    large_end(&large);
}

static void a_reply_past_the_hard_cap_disconnects_its_client(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    struct large large;
    ssize_t len;

    (void)state;
    options.limits.output_hard_cap = (size_t)2 * LARGE;
    options.limits.value_bytes = LARGE;
    large_begin(&large, &options);
    add_keys(&large.requests, OP_MULTI_GET, "large large large");
    raw_send(large.fd, &large.requests);
    for (size_t read = 0; (len = receive(large.fd, large.value, LARGE)) > 0;) {
        read += (size_t)len;
        assert_true(read < 3 * (8 + (size_t)LARGE));
    }
    assert_true(len == 0 || errno == ECONNRESET);
    raw_ping(large.other);
    large_end(&large);
}

static volatile sig_atomic_t pipes_broken;

static void on_sigpipe(int number)
{
    (void)number;
    pipes_broken = 1;
}

static void *run(void *server)
{
    assert_int_equal(tcpstore_server_run(server, NULL), 0);
    return NULL;
}

/* A client that has shut down its side and closes with replies unread: the kernel answers the
 * next write to it with SIGPIPE. */
static void a_write_to_a_client_that_left_raises_no_sigpipe(void **state)
{
    struct sigaction action = {.sa_handler = on_sigpipe}, before;
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server;
    struct buffer requests = {0};
    uint8_t *value = malloc(LARGE);
    pthread_t thread;
    int other;

    (void)state;
    assert_non_null(value);
    sigaction(SIGPIPE, &action, &before);
    assert_int_equal(tcpstore_server_new(&options, NULL, &server), 0);
    assert_int_equal(pthread_create(&thread, NULL, run, server), 0);
    other = raw_join("127.0.0.1", tcpstore_server_port(server));
    store_large(other, &requests, value);
    for (int i = 0; i < 50; i++) {
        int fd = raw_join("127.0.0.1", tcpstore_server_port(server));

        for (int j = 0; j < 4; j++)
            add_keyed(&requests, OP_GET, "large");
        raw_send(fd, &requests);
        assert_int_equal(shutdown(fd, SHUT_WR), 0);
        raw_assert_reply(fd, span_of("\0", 1)); /* the server is writing to it */
        close(fd);
    }
    raw_ping(other);
    tcpstore_server_stop(server);
    pthread_join(thread, NULL);
    assert_int_equal(pipes_broken, 0);
    sigaction(SIGPIPE, &before, NULL);
    close(other);
    tcpstore_server_free(server);
    buffer_free(&requests);
    free(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_reader_gets_every_reply_within_the_memory_limit),
        cmocka_unit_test(a_client_that_ended_its_requests_still_gets_its_replies),
        cmocka_unit_test(a_reply_past_the_hard_cap_disconnects_its_client),
        cmocka_unit_test(a_write_to_a_client_that_left_raises_no_sigpipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
