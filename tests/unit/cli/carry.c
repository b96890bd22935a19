/* Bytes between a socket of tcpstore-cli and a connection, here without TLS. */
#include "support/test.h"

#include <errno.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tcpstore-cli/carry.h"

enum {
    SMALL = 4 << 10, /* buffers, so that sends are partial and refused */
    TOTAL = 1 << 20, /* bytes in each direction */
};

struct fixture {
    int program; /* the test's end of each */
    int server;
    int carried;
    int cancel_fd;
    struct transport transport;
    pthread_t thread;
    const char *reason; /* what carry has returned */
};

static void make_pair(int *ret_ours, int *ret_theirs)
{
    const int small = SMALL;
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    *ret_ours = fds[0];
    *ret_theirs = fds[1];
}

static void *run(void *context)
{
    struct fixture *f = context;

    f->reason = carry(f->carried, &f->transport);
    return NULL;
}

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    assert_non_null(f);
    make_pair(&f->program, &f->carried);
    make_pair(&f->server, &f->transport.fd);
    f->cancel_fd = f->transport.cancel_fd = eventfd(0, 0);
    assert_true(f->cancel_fd >= 0);
    assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
    *state = f;
    return 0;
}

static int stop(void **state)
{
    struct fixture *f = *state;

    close(f->program);
    close(f->server);
    close(f->carried);
    close(f->cancel_fd);
    transport_close(&f->transport);
    free(f);
    return 0;
}

static const char *end_of(struct fixture *f)
{
    assert_int_equal(pthread_join(f->thread, NULL), 0);
    return f->reason;
}

/* Byte `at` of each stream. */
static uint8_t byte_at(size_t at)
{
    return (uint8_t)(at ^ (at >> 8) ^ (at >> 16));
}

/* Sends what the socket takes. */
static void send_some(int fd, size_t *sent)
{
    uint8_t piece[3 * SMALL];
    size_t len = TOTAL - *sent < sizeof(piece) ? TOTAL - *sent : sizeof(piece);
    ssize_t taken;

    for (size_t i = 0; i < len; i++)
        piece[i] = byte_at(*sent + i);
    taken = send(fd, piece, len, MSG_NOSIGNAL);
    if (taken > 0)
        *sent += (size_t)taken;
}

static void receive_some(int fd, size_t *received)
{
    uint8_t piece[1000];
    ssize_t len = recv(fd, piece, sizeof(piece), 0);

    for (ssize_t i = 0; i < len; i++)
        assert_int_equal(piece[i], byte_at(*received + (size_t)i));
    if (len > 0)
        *received += (size_t)len;
}

/* Each end sends faster than the other reads. */
static void pass(struct fixture *f, bool up, bool down)
{
    size_t requested = up ? 0 : TOTAL;
    size_t answered = down ? 0 : TOTAL;
    size_t at_server = requested;
    size_t at_program = answered;

    while (at_server < TOTAL || at_program < TOTAL) {
        send_some(f->program, &requested);
        send_some(f->server, &answered);
        receive_some(f->server, &at_server);
        receive_some(f->program, &at_program);
    }
    assert_int_equal(eventfd_write(f->cancel_fd, 1), 0);
    assert_null(end_of(f));
}

static void test_a_long_request_passes(void **state)
{
    pass(*state, true, false);
}

static void test_a_long_answer_passes(void **state)
{
    pass(*state, false, true);
}

static void test_both_pass_at_once(void **state)
{
    pass(*state, true, true);
}

static void test_what_the_server_sends_before_it_closes_arrives(void **state)
{
    struct fixture *f = *state;
    size_t sent = 0, received = 0;

    while (sent < TOTAL) {
        send_some(f->server, &sent);
        receive_some(f->program, &received);
    }
    assert_int_equal(shutdown(f->server, SHUT_RDWR), 0);
    while (received < TOTAL)
        receive_some(f->program, &received);
    assert_string_equal(end_of(f), "closed by the server; its log may say why");
}

/* Fills what the socket holds. */
static void fill(int fd)
{
    const uint8_t piece[SMALL] = {0};

    while (send(fd, piece, sizeof(piece), MSG_NOSIGNAL) > 0 || errno == EINTR) {
    }
}

static void wait_until_received(int fd)
{
    int left;

    do {
        assert_int_equal(ioctl(fd, SIOCOUTQ, &left), 0);
    } while (left > 0);
}

static void test_the_program_closes_while_the_server_does_not_read(void **state)
{
    struct fixture *f = *state;

    fill(f->transport.fd);
    assert_int_equal(send(f->program, "x", 1, MSG_NOSIGNAL), 1);
    wait_until_received(f->program);
    assert_int_equal(shutdown(f->program, SHUT_RDWR), 0);
    assert_null(end_of(f));
}

static void test_cancelling_ends_it_while_both_are_silent(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(eventfd_write(f->cancel_fd, 1), 0);
    assert_null(end_of(f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_long_request_passes, start, stop),
        cmocka_unit_test_setup_teardown(test_a_long_answer_passes, start, stop),
        cmocka_unit_test_setup_teardown(test_both_pass_at_once, start, stop),
        cmocka_unit_test_setup_teardown(
            test_what_the_server_sends_before_it_closes_arrives, start, stop),
        cmocka_unit_test_setup_teardown(
            test_the_program_closes_while_the_server_does_not_read, start, stop),
        cmocka_unit_test_setup_teardown(
            test_cancelling_ends_it_while_both_are_silent, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
