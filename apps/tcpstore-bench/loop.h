/*
 * Many connections to the server in one thread: edge-triggered epoll; requests are sent from
 * where they are in memory, replies are counted in bytes and discarded. This costs little more
 * than the system calls, so that the server is the bottleneck.
 *
 * A connection has one exchange at a time: request bytes to send, and a number of reply bytes
 * to receive. If the server sends more than that or closes a connection, the program exits.
 */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "tcpstore-bench/pieces.h"

struct conn {
    int fd; /* -1: closed */
    uint32_t index;
    struct pieces out; /* still to send */
    size_t reply_left; /* bytes still to receive */
};

/* Where to connect to, and from. */
struct address {
    struct sockaddr_storage storage;
    socklen_t len;
    size_t sources; /* 127.0.0.2 and up, in turn; 0: the kernel chooses one */
};

/* Called after `len` bytes of replies have been received and subtracted from conn->reply_left.
 */
typedef void loop_reply_fn(void *context, struct conn *conn, size_t len, uint64_t now);

struct loop {
    const struct address *address;
    uint64_t timeout_ns; /* longest time without a reply before the program exits */
    int epoll;
    struct conn *conns;
    size_t count;
    bool stop;              /* makes loop_run return */
    uint64_t last_received; /* the time */
    uint8_t *scratch;
    loop_reply_fn *on_reply;
    void *context;
};

/* Prepares `count` connections, all closed. */
void loop_init(
    struct loop *loop, const struct address *address, size_t count, uint64_t timeout_ns);

/* Closes all connections with a reset, which leaves no port in TIME_WAIT. */
void loop_done(struct loop *loop);

/* Starts connecting. loop_send can be called at once; it sends when connected. */
void loop_connect(struct loop *loop, size_t index);

/* Connects all, a few at a time; each sends VALIDATE and PING. Returns after the last reply. */
void loop_connect_all(struct loop *loop);

/* Starts an exchange. The bytes are borrowed until the reply. */
void loop_send(struct conn *conn, struct pieces requests, size_t reply_len);

/* Sends and receives until loop->stop or `deadline`, on the clock of clock_now; 0: no deadline.
 */
void loop_run(struct loop *loop, uint64_t deadline, loop_reply_fn *on_reply, void *context);

/* Closes the connection as if its process had exited. */
void loop_close(struct conn *conn);

#endif
