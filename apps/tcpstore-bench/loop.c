#include "tcpstore-bench/loop.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "tcpstore-bench/epoll.h"
#include "tcpstore-bench/fail.h"
#include "tcpstore-bench/requests.h"

enum {
    EVENTS_MAX = 512,
    SCRATCH_SIZE = 256 * 1024,
    PING_REPLY = 4,
    CONNECTING_AT_ONCE = 256,  /* every server's listen queue can hold this */
    FIRST_SOURCE = 0x7f000002, /* 127.0.0.2 */
};

void loop_init(
    struct loop *loop, const struct address *address, size_t count, uint64_t timeout_ns)
{
    *loop = (struct loop){
        .address = address,
        .timeout_ns = timeout_ns,
        .count = count,
        .conns = allocate(count, sizeof(*loop->conns)),
        .scratch = allocate(SCRATCH_SIZE, 1),
        .epoll = epoll_create1(EPOLL_CLOEXEC),
    };
    if (loop->epoll < 0)
        fail("epoll: %s", strerror(errno));
    for (size_t i = 0; i < count; i++)
        loop->conns[i] = (struct conn){.fd = -1, .index = (uint32_t)i};
}

void loop_close(struct conn *conn)
{
    close(conn->fd);
    conn->fd = -1;
}

void loop_done(struct loop *loop)
{
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    for (size_t i = 0; i < loop->count; i++) {
        struct conn *conn = &loop->conns[i];

        if (conn->fd < 0)
            continue;
        setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        loop_close(conn);
    }
    close(loop->epoll);
    free(loop->scratch);
    free(loop->conns);
}

/* The kernel looks for a free port only when it connects, among those that no connection from
 * this address to the server has. */
static void bind_source(int fd, size_t source)
{
    const int on = 1;
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl((uint32_t)(FIRST_SOURCE + source)),
    };

    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
        fail("--sources: source %zu: %s", source + 1, strerror(errno));
}

void loop_connect(struct loop *loop, size_t index)
{
    struct conn *conn = &loop->conns[index];
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = conn};
    const int on = 1;

    conn->fd =
        socket(loop->address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (conn->fd < 0)
        fail(
            "client %zu of %zu: %s; raise the limit of open files or use fewer --clients",
            index + 1, loop->count, strerror(errno));
    setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (loop->address->sources > 0)
        bind_source(conn->fd, index % loop->address->sources);
    if (connect(
            conn->fd, (const struct sockaddr *)&loop->address->storage, loop->address->len) &&
        errno != EINPROGRESS)
        fail("client %zu: cannot connect: %s", index + 1, strerror(errno));
    if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, conn->fd, &event))
        fail("client %zu: epoll: %s", index + 1, strerror(errno));
}

/* Before the connection is established, send fails with ENOTCONN or EAGAIN; an event follows.
 */
static void send_more(struct conn *conn)
{
    while (!pieces_are_sent(&conn->out)) {
        ssize_t sent = pieces_send(conn->fd, &conn->out);

        if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN))
            return;
        if (sent < 0)
            fail("client %u: sending: %s", conn->index + 1, strerror(errno));
    }
}

void loop_send(struct conn *conn, struct pieces requests, size_t reply_len)
{
    conn->out = requests;
    conn->reply_left = reply_len;
    send_more(conn);
}

/* A long reply is discarded in the kernel, without a copy. */
static ssize_t receive_some(struct loop *loop, struct conn *conn, size_t *ret_max)
{
    if (conn->reply_left > SCRATCH_SIZE) {
        *ret_max = conn->reply_left;
        /* cppcheck-suppress nullPointer ; with MSG_TRUNC the kernel writes nothing */
        return recv(conn->fd, NULL, conn->reply_left, MSG_TRUNC);
    }
    *ret_max = SCRATCH_SIZE;
    return recv(conn->fd, loop->scratch, SCRATCH_SIZE, 0);
}

static void receive(struct loop *loop, struct conn *conn)
{
    size_t max;
    ssize_t len;

    do {
        len = receive_some(loop, conn, &max);
        if (len < 0 && (errno == EAGAIN || errno == ENOTCONN))
            return;
        if (len < 0)
            fail("client %u: receiving: %s", conn->index + 1, strerror(errno));
        if (len == 0)
            fail("client %u: the server has closed the connection", conn->index + 1);
        if ((size_t)len > conn->reply_left)
            fail(
                "client %u: a reply is %zu bytes longer than it should be", conn->index + 1,
                (size_t)len - conn->reply_left);
        conn->reply_left -= (size_t)len;
        loop->last_received = clock_now();
        loop->on_reply(loop->context, conn, (size_t)len, loop->last_received);
    } while ((size_t)len == max && conn->fd >= 0);
}

static int wait_for_events(
    struct loop *loop, uint64_t deadline, struct epoll_event events[EVENTS_MAX])
{
    uint64_t now = clock_now();
    uint64_t until = loop->last_received + loop->timeout_ns;
    int count;

    if (now > until)
        fail(
            "the server has sent nothing for %.0f s; see its log, or raise --timeout",
            seconds_of(loop->timeout_ns));
    if (deadline > 0 && deadline < until)
        until = deadline;
    count = epoll_wait_ns(loop->epoll, events, EVENTS_MAX, until > now ? until - now : 0);
    if (count < 0 && errno != EINTR)
        fail("epoll: %s", strerror(errno));
    return count;
}

void loop_run(struct loop *loop, uint64_t deadline, loop_reply_fn *on_reply, void *context)
{
    struct epoll_event events[EVENTS_MAX];

    loop->on_reply = on_reply;
    loop->context = context;
    loop->stop = false;
    loop->last_received = clock_now();
    while (!loop->stop && (deadline == 0 || clock_now() < deadline)) {
        int count = wait_for_events(loop, deadline, events);

        for (int i = 0; i < count; i++) {
            struct conn *conn = events[i].data.ptr;

            if (conn->fd < 0)
                continue;
            if (events[i].events & EPOLLOUT)
                send_more(conn);
            if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP))
                receive(loop, conn);
        }
    }
}

struct connecting {
    struct loop *loop;
    struct requests requests;
    struct pieces hello;
    size_t started;
    size_t connected;
};

static void connect_next(struct connecting *connecting)
{
    struct loop *loop = connecting->loop;
    struct conn *conn;

    if (connecting->started == loop->count)
        return;
    conn = &loop->conns[connecting->started];
    loop_connect(loop, connecting->started++);
    loop_send(conn, connecting->hello, PING_REPLY);
}

static void on_hello_answered(void *context, struct conn *conn, size_t len, uint64_t now)
{
    struct connecting *connecting = context;

    (void)len;
    (void)now;
    if (conn->reply_left > 0)
        return;
    connecting->connected++;
    connecting->loop->stop = connecting->connected == connecting->loop->count;
    connect_next(connecting);
}

void loop_connect_all(struct loop *loop)
{
    struct connecting connecting = {.loop = loop};

    requests_validate(&connecting.requests);
    requests_ping(&connecting.requests, 0);
    connecting.hello = requests_pieces(&connecting.requests, 1);
    for (size_t i = 0; i < CONNECTING_AT_ONCE; i++)
        connect_next(&connecting);
    loop_run(loop, 0, on_hello_answered, &connecting);
    requests_free(&connecting.requests);
}
