/* A stream on one end of a TCP connection over loopback; the test is the peer at the other. */
#include "server/tcp_stream.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/allocator.h"
#include "support/receive.h"
#include "support/test.h"

enum {
    HIGH_WATER = 1 << 20,
    HARD_CAP = 16 << 20,
    CHUNK = 256 << 10,
    MANY_STEPS = 1 << 30,
};

struct fixture {
    uv_loop_t loop;
    struct allocator allocator;
    struct memory memory;
    struct stream_limits limits;
    struct stream *stream;
    struct outbox replies;
    int fd;   /* the stream's */
    int peer; /* -1: closed */

    uint8_t buffer[64];
    struct room room; /* `buffer`, unless the test has another */
    char received[64];
    size_t received_len;
    int written_count;
    int ended; /* status of the event; 0: none yet */
    bool closed;
    long steps;
};

static struct room on_room(void *owner)
{
    struct fixture *f = owner;

    return f->room;
}

static void on_received(void *owner, struct span bytes)
{
    struct fixture *f = owner;

    assert_ptr_equal(bytes.bytes, f->room.bytes);
    memcpy(f->received + f->received_len, bytes.bytes, bytes.len);
    f->received_len += bytes.len;
}

static void on_written(void *owner)
{
    struct fixture *f = owner;

    f->written_count++;
    assert_int_equal(stream_write(f->stream, &f->steps), 0);
}

static void on_ended(void *owner, int status)
{
    struct fixture *f = owner;

    f->ended = status;
}

static void on_closed(void *owner)
{
    struct fixture *f = owner;

    f->closed = true;
}

static const struct stream_events events = {
    .room = on_room,
    .received = on_received,
    .written = on_written,
    .ended = on_ended,
    .closed = on_closed,
};

static void ignore_poll(uv_poll_t *poll, int status, int readable)
{
    (void)poll;
    (void)status;
    (void)readable;
}

/* A connection over loopback: the stream's end is non-blocking. */
static void connect_pair(int *ret_stream, int *ret_peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    *ret_peer = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(*ret_peer, (struct sockaddr *)&address, len), 0);
    *ret_stream = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(*ret_stream >= 0);
    close(listener);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (f == NULL || uv_loop_init(&f->loop))
        return -1;
    *state = f;
    f->room = (struct room){f->buffer, sizeof(f->buffer)};
    f->steps = MANY_STEPS;
    f->limits = (struct stream_limits){HIGH_WATER, HARD_CAP};
    allocator_init(&f->allocator, &f->memory);
    outbox_init(&f->replies, &f->memory, 64 << 10, SIZE_MAX / 2);
    connect_pair(&f->fd, &f->peer);
    return tcp_stream_open(&f->loop, f->fd, &f->memory, &f->limits, &events, f, &f->stream) ||
           stream_start_reading(f->stream);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    stream_close(f->stream);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_true(f->closed);
    assert_true(stream_free(f->stream, &f->steps));
    assert_int_equal(uv_loop_close(&f->loop), 0);
    if (f->peer >= 0)
        close(f->peer);
    outbox_done(&f->replies);
    allocator_check_empty(&f->allocator, &f->memory);
    free(f);
    return 0;
}

static void add_reply(struct fixture *f, size_t len)
{
    struct reserved room = outbox_reserve(&f->replies, len);

    assert_int_equal(room.error, 0);
    memset(room.bytes, 'r', len);
}

/* Sends until the socket takes no more. Returns how many bytes that were. */
static size_t fill(struct fixture *f)
{
    size_t sent = 0;

    while (!stream_is_full(f->stream)) {
        add_reply(f, CHUNK);
        assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), 0);
        assert_int_equal(f->replies.bytes, 0);
        sent += CHUNK;
    }
    return sent;
}

static void read_at_peer(const struct fixture *f, size_t len)
{
    char bytes[4096];

    while (len > 0) {
        size_t piece = len < sizeof(bytes) ? len : sizeof(bytes);

        assert_true(receive_all(f->peer, bytes, piece));
        for (size_t i = 0; i < piece; i++)
            assert_int_equal(bytes[i], 'r');
        len -= piece;
    }
}

static void received_bytes_are_reported_where_the_owner_has_room(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(write(f->peer, "bytes", 5), 5);
    while (f->received_len < 5)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_memory_equal(f->received, "bytes", 5);
}

/* libuv counts the bytes of a read in 32 bits. */
static void a_room_of_4_gib_receives_bytes(void **state)
{
    struct fixture *f = *state;

    f->room.len = (size_t)1 << 32;
    f->room.bytes = mmap(
        NULL, f->room.len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
        -1, 0);
    assert_ptr_not_equal(f->room.bytes, MAP_FAILED);
    assert_int_equal(write(f->peer, "bytes", 5), 5);
    while (f->received_len < 5 && f->ended == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->received_len, 5);
    munmap(f->room.bytes, f->room.len);
}

static void on_closed_again(uv_handle_t *handle)
{
    *(bool *)handle->data = true;
}

/* libuv refuses a descriptor that it watches already. */
static void a_socket_that_libuv_refuses_stays_the_callers(void **state)
{
    struct fixture *f = *state;
    struct stream *stream;
    uv_poll_t poll;
    bool closed = false;
    int fd, peer;

    connect_pair(&fd, &peer);
    assert_int_equal(uv_poll_init(&f->loop, &poll, fd), 0);
    poll.data = &closed;
    assert_int_equal(uv_poll_start(&poll, UV_READABLE, ignore_poll), 0);
    assert_int_equal(
        tcp_stream_open(&f->loop, fd, &f->memory, &f->limits, &events, f, &stream), UV_EEXIST);
    assert_true(fcntl(fd, F_GETFD) >= 0);
    uv_close((uv_handle_t *)&poll, on_closed_again);
    while (!closed)
        uv_run(&f->loop, UV_RUN_ONCE);
    close(fd);
    close(peer);
}

static void a_stream_that_does_not_read_leaves_bytes_in_the_socket(void **state)
{
    struct fixture *f = *state;

    stream_stop_reading(f->stream);
    assert_int_equal(write(f->peer, "bytes", 5), 5);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_int_equal(f->received_len, 0);
    assert_int_equal(stream_start_reading(f->stream), 0);
    while (f->received_len < 5)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void a_reply_that_the_socket_takes_leaves_no_backlog(void **state)
{
    struct fixture *f = *state;

    add_reply(f, 100);
    assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), 0);
    assert_false(stream_has_backlog(f->stream));
    assert_int_equal(f->written_count, 0);
    read_at_peer(f, 100);
}

static void a_reply_to_a_full_socket_waits_in_the_backlog_and_counts(void **state)
{
    static const char filling[CHUNK];
    struct fixture *f = *state;

    while (write(f->fd, filling, sizeof(filling)) > 0)
        ;
    add_reply(f, 10);
    assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), 0);
    assert_true(stream_has_backlog(f->stream));
    f->limits.high_water = 11;
    assert_false(stream_is_full(f->stream));
    f->limits.high_water = 10;
    assert_true(stream_is_full(f->stream));
}

static void a_full_stream_is_written_in_order_once_the_peer_reads(void **state)
{
    struct fixture *f = *state;
    size_t sent = fill(f);

    assert_true(stream_has_backlog(f->stream));
    while (sent > 0) {
        read_at_peer(f, CHUNK);
        sent -= CHUNK;
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    while (stream_has_backlog(f->stream))
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_false(stream_is_full(f->stream));
    assert_true(f->written_count > 0);
}

static void a_backlog_past_the_hard_cap_is_refused(void **state)
{
    struct fixture *f = *state;

    fill(f);
    add_reply(f, HARD_CAP);
    assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), TCPSTORE_EOUTPUT);
    assert_int_equal(f->replies.bytes, 0);
}

static void a_backlog_without_memory_is_refused(void **state)
{
    struct fixture *f = *state;
    int code = 0;

    while (code == 0 && !stream_has_backlog(f->stream)) {
        add_reply(f, CHUNK);
        allocator_refuse(&f->allocator, 1);
        code = stream_send(f->stream, &f->replies, &f->steps);
        allocator_refuse_none(&f->allocator);
    }
    assert_int_equal(code, TCPSTORE_ENOMEM);
    assert_false(stream_has_backlog(f->stream));
}

static void the_end_of_the_peers_bytes_is_reported_once(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(shutdown(f->peer, SHUT_WR), 0);
    while (f->ended == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(f->ended, UV_EOF);
    f->ended = 0;
    uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_int_equal(f->ended, 0);
    add_reply(f, 1); /* the other direction is open */
    assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), 0);
    read_at_peer(f, 1);
}

static void reset_by_peer(struct fixture *f)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    assert_int_equal(setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    close(f->peer);
    f->peer = -1;
    while (f->ended == 0)
        uv_run(&f->loop, UV_RUN_ONCE);
}

static void a_peer_that_resets_is_reported_with_libuvs_error(void **state)
{
    struct fixture *f = *state;

    reset_by_peer(f);
    assert_int_equal(f->ended, UV_ECONNRESET);
    add_reply(f, 1);
    assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), TCPSTORE_ELOST);
    assert_int_equal(f->stream->status, UV_EPIPE);
}

static void a_peer_that_resets_is_reported_by_a_stream_that_only_writes(void **state)
{
    struct fixture *f = *state;

    fill(f);
    stream_stop_reading(f->stream);
    reset_by_peer(f);
    assert_true(f->ended < 0);
    assert_int_equal(f->written_count, 0);
}

/* The socket would take more at once. */
static void a_send_writes_what_the_steps_that_are_left_allow_and_the_rest_later(void **state)
{
    struct fixture *f = *state;

    f->steps = 160;
    add_reply(f, 80 << 10);
    assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), 0);
    assert_int_equal(f->steps, 0);
    assert_true(stream_can_write(f->stream));
    read_at_peer(f, 40 << 10);
    f->steps = MANY_STEPS;
    assert_int_equal(stream_write(f->stream, &f->steps), 0);
    assert_false(stream_has_backlog(f->stream));
    assert_int_equal(MANY_STEPS - f->steps, 160);
    read_at_peer(f, 40 << 10);
}

/* Until the socket is writable, its owner need not try. */
static void a_stream_whose_socket_is_full_cannot_write(void **state)
{
    struct fixture *f = *state;

    fill(f);
    assert_false(stream_can_write(f->stream));
}

static void what_one_turn_replies_to_small_requests_is_written_without_steps(void **state)
{
    struct fixture *f = *state;

    f->steps = 0;
    add_reply(f, 32 << 10);
    assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), 0);
    assert_false(stream_has_backlog(f->stream));
}

static void a_write_of_the_backlog_takes_four_steps_for_each_kib(void **state)
{
    struct fixture *f = *state;
    size_t sent = fill(f);

    f->steps = 0;
    while (f->written_count == 0) {
        read_at_peer(f, CHUNK);
        sent -= CHUNK;
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
    assert_in_range(-f->steps, 1, 128 * f->written_count);
    f->steps = MANY_STEPS;
    assert_int_equal(stream_write(f->stream, &f->steps), 0);
    while (sent > 0) {
        read_at_peer(f, CHUNK);
        sent -= CHUNK;
        uv_run(&f->loop, UV_RUN_NOWAIT);
    }
}

static void a_read_reports_bytes_and_the_end_and_nothing_if_nothing_has_arrived(void **state)
{
    struct fixture *f = *state;

    stream_stop_reading(f->stream);
    assert_false(stream_read(f->stream));
    assert_int_equal(write(f->peer, "bytes", 5), 5);
    assert_true(stream_read(f->stream));
    assert_int_equal(f->received_len, 5);
    assert_int_equal(shutdown(f->peer, SHUT_WR), 0);
    assert_true(stream_read(f->stream));
    assert_int_equal(f->ended, UV_EOF);
}

static void a_read_from_a_peer_that_has_reset_reports_libuvs_error(void **state)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    struct fixture *f = *state;

    stream_stop_reading(f->stream);
    assert_int_equal(setsockopt(f->peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    close(f->peer);
    f->peer = -1;
    assert_true(stream_read(f->stream));
    assert_int_equal(f->ended, UV_ECONNRESET);
}

static void a_stream_that_is_shut_down_ends_after_what_was_sent(void **state)
{
    struct fixture *f = *state;
    char byte;

    add_reply(f, 1);
    assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), 0);
    stream_shut_down(f->stream);
    read_at_peer(f, 1);
    assert_int_equal(receive(f->peer, &byte, 1), 0);
}

/* More pieces than one turn frees. */
static void a_long_backlog_is_freed_in_steps(void **state)
{
    enum { PIECES = 1000, PIECE = 4096, STEPS = 100 };
    struct fixture *f = *state;
    struct blob *blob = blob_new(&f->memory, PIECE);
    const struct slice piece = {.span = span_of(blob->bytes, PIECE), .blob = blob};
    int calls = 1;

    memset(blob->bytes, 'r', PIECE);
    fill(f);
    for (int i = 0; i < PIECES; i++)
        assert_int_equal(outbox_append(&f->replies, &piece), 0);
    blob_release(blob);
    assert_int_equal(stream_send(f->stream, &f->replies, &f->steps), 0);
    stream_close(f->stream);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    for (f->steps = STEPS; !stream_free(f->stream, &f->steps); f->steps = STEPS)
        calls++;
    assert_in_range(calls, PIECES / STEPS, 2 * PIECES / STEPS);
    assert_int_equal(
        tcp_stream_open(&f->loop, dup(f->peer), &f->memory, &f->limits, &events, f, &f->stream),
        0); /* for tear_down */
}

static void closing_a_stream_frees_what_is_not_written(void **state)
{
    fill(*state); /* tear_down closes and checks the memory */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(received_bytes_are_reported_where_the_owner_has_room),
        TEST(a_room_of_4_gib_receives_bytes),
        TEST(a_socket_that_libuv_refuses_stays_the_callers),
        TEST(a_stream_that_does_not_read_leaves_bytes_in_the_socket),
        TEST(a_reply_that_the_socket_takes_leaves_no_backlog),
        TEST(a_reply_to_a_full_socket_waits_in_the_backlog_and_counts),
        TEST(a_full_stream_is_written_in_order_once_the_peer_reads),
        TEST(a_backlog_past_the_hard_cap_is_refused),
        TEST(a_backlog_without_memory_is_refused),
        TEST(the_end_of_the_peers_bytes_is_reported_once),
        TEST(a_peer_that_resets_is_reported_with_libuvs_error),
        TEST(a_peer_that_resets_is_reported_by_a_stream_that_only_writes),
        TEST(a_send_writes_what_the_steps_that_are_left_allow_and_the_rest_later),
        TEST(a_stream_whose_socket_is_full_cannot_write),
        TEST(what_one_turn_replies_to_small_requests_is_written_without_steps),
        TEST(a_write_of_the_backlog_takes_four_steps_for_each_kib),
        TEST(a_read_reports_bytes_and_the_end_and_nothing_if_nothing_has_arrived),
        TEST(a_read_from_a_peer_that_has_reset_reports_libuvs_error),
        TEST(a_stream_that_is_shut_down_ends_after_what_was_sent),
        TEST(a_long_backlog_is_freed_in_steps),
        TEST(closing_a_stream_frees_what_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
