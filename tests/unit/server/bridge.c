/* A bridge between a client's stream, on one end of a pair of sockets, and a server; the test
 * is the client and the server. */
#include "server/bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/tcp_stream.h"
#include "support/allocator.h"
#include "support/test.h"

enum {
    PIECE = 8 << 10,
    MUCH = 8 << 20,    /* bytes: more than sockets and bridge hold */
    HELD_MAX = 2 << 20 /* bytes that they may hold */
};

struct fixture {
    uv_loop_t loop;
    struct allocator allocator;
    struct memory memory;
    struct bridges bridges;
    struct stream *stream;
    int client; /* -1: closed, as below */
    int server;
};

static const struct stream_limits limits = {SIZE_MAX, SIZE_MAX};

/* The stream has no other owner in these tests, but one that takes it back on failure. */
static void on_closed(void *owner)
{
    struct fixture *f = owner;
    long steps = 1 << 20;

    assert_true(stream_free(f->stream, &steps));
    f->stream = NULL;
}

static int set_up(void **state)
{
    static const struct stream_events events = {.closed = on_closed};
    struct fixture *f = calloc(1, sizeof(*f));
    int fds[2];

    if (f == NULL || uv_loop_init(&f->loop) ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds))
        return -1;
    *state = f;
    allocator_init(&f->allocator, &f->memory);
    bridges_init(&f->bridges, &f->loop);
    f->client = fds[1];
    f->server = -1;
    return tcp_stream_open(&f->loop, fds[0], &f->memory, &limits, &events, f, &f->stream);
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    close_end(&f->client);
    close_end(&f->server);
    bridges_close(&f->bridges);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    allocator_check_empty(&f->allocator, &f->memory);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static void open_bridge(struct fixture *f, const char *begun)
{
    f->server = bridge_open(&f->bridges, f->stream, span_of(begun, strlen(begun)));
    assert_true(f->server > STDERR_FILENO);
}

static void run(struct fixture *f)
{
    for (int i = 0; i < 8; i++)
        uv_run(&f->loop, UV_RUN_NOWAIT);
}

static void send_text(int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_receives(struct fixture *f, int fd, const char *text)
{
    char received[64];
    size_t len = 0;

    run(f);
    while (len < strlen(text)) {
        ssize_t count = read(fd, received + len, sizeof(received) - len);

        assert_true(count > 0);
        len += (size_t)count;
    }
    assert_int_equal(len, strlen(text));
    assert_memory_equal(received, text, len);
}

static void assert_ends(struct fixture *f, int fd)
{
    char byte;

    run(f);
    assert_int_equal(read(fd, &byte, 1), 0);
}

static void bytes_pass_in_both_directions(void **state)
{
    struct fixture *f = *state;

    open_bridge(f, "GET");
    send_text(f->client, " /why");
    assert_receives(f, f->server, "GET /why");
    send_text(f->server, "nobody waits");
    assert_receives(f, f->client, "nobody waits");
}

static void the_client_reads_all_before_the_end(void **state)
{
    struct fixture *f = *state;

    open_bridge(f, "GET");
    send_text(f->server, "nobody waits");
    close_end(&f->server);
    assert_receives(f, f->client, "nobody waits");
    assert_ends(f, f->client);
}

static void a_client_that_sends_no_more_is_answered(void **state)
{
    struct fixture *f = *state;

    open_bridge(f, "");
    send_text(f->client, "GET /why");
    shutdown(f->client, SHUT_WR);
    assert_receives(f, f->server, "GET /why");
    assert_ends(f, f->server);
    send_text(f->server, "nobody waits");
    assert_receives(f, f->client, "nobody waits");
}

/* As libmicrohttpd does with a request that is too long. */
static void an_answer_arrives_though_the_server_has_not_read_all(void **state)
{
    struct fixture *f = *state;

    open_bridge(f, "GET /much");
    send_text(f->client, "more");
    run(f);
    send_text(f->server, "refused");
    close_end(&f->server);
    assert_receives(f, f->client, "refused");
    assert_ends(f, f->client);
}

static void a_client_that_is_gone_ends_the_server(void **state)
{
    struct fixture *f = *state;

    open_bridge(f, "");
    close_end(&f->client);
    assert_ends(f, f->server);
}

/* Returns how many of MUCH bytes the sockets and the bridge take while nobody reads. */
static size_t fill(struct fixture *f, int fd)
{
    static const uint8_t piece[PIECE];
    size_t sent = 0;
    int refused = 0;

    while (sent < MUCH && refused < 8) {
        ssize_t count = send(fd, piece, sizeof(piece), MSG_NOSIGNAL);

        refused = count > 0 ? 0 : refused + 1;
        sent += count > 0 ? (size_t)count : 0;
        run(f);
    }
    return sent;
}

static void assert_drains(struct fixture *f, int fd, size_t len)
{
    static uint8_t buffer[PIECE];

    while (len > 0) {
        ssize_t count = read(fd, buffer, sizeof(buffer));

        assert_true(count > 0 || (count < 0 && errno == EAGAIN));
        len -= count > 0 ? (size_t)count : 0;
        run(f);
    }
}

static void a_client_that_does_not_read_holds_up_the_server(void **state)
{
    struct fixture *f = *state;
    size_t sent;

    open_bridge(f, "");
    sent = fill(f, f->server);
    assert_in_range(sent, PIECE, HELD_MAX);
    assert_drains(f, f->client, sent);
    send_text(f->server, "further");
    assert_receives(f, f->client, "further");
}

static void a_slow_client_reads_all_that_the_server_has_left(void **state)
{
    struct fixture *f = *state;
    size_t sent;

    open_bridge(f, "");
    sent = fill(f, f->server);
    close_end(&f->server);
    run(f);
    assert_drains(f, f->client, sent);
    assert_ends(f, f->client);
}

static void a_server_that_does_not_read_holds_up_the_client(void **state)
{
    struct fixture *f = *state;
    size_t sent;

    open_bridge(f, "");
    sent = fill(f, f->client);
    assert_in_range(sent, PIECE, HELD_MAX);
    assert_drains(f, f->server, sent);
    send_text(f->client, "further");
    assert_receives(f, f->server, "further");
}

static void without_memory_the_stream_stays_with_its_owner(void **state)
{
    struct fixture *f = *state;

    for (size_t nth = 1;; nth++) {
        allocator_refuse(&f->allocator, nth);
        f->server = bridge_open(&f->bridges, f->stream, span_of(NULL, 0));
        if (!allocator_has_refused(&f->allocator))
            break;
        assert_int_equal(f->server, UV_ENOMEM);
        run(f);
    }
    allocator_refuse_none(&f->allocator);
    assert_true(f->server > STDERR_FILENO);
    send_text(f->client, "GET");
    assert_receives(f, f->server, "GET");
}

static void without_memory_for_an_answer_both_ends_close(void **state)
{
    struct fixture *f = *state;

    open_bridge(f, "");
    allocator_refuse_all(&f->allocator);
    send_text(f->server, "nobody waits");
    assert_ends(f, f->client);
    assert_ends(f, f->server);
    allocator_refuse_none(&f->allocator);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_pass_in_both_directions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_client_reads_all_before_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_client_that_sends_no_more_is_answered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_answer_arrives_though_the_server_has_not_read_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_client_that_is_gone_ends_the_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_client_that_does_not_read_holds_up_the_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_slow_client_reads_all_that_the_server_has_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_server_that_does_not_read_holds_up_the_client, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            without_memory_the_stream_stays_with_its_owner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            without_memory_for_an_answer_both_ends_close, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
