/*
 * Many connections to the server in one thread: edge-triggered epoll, requests sent from
 * where they lie, replies counted by their size and thrown away. It costs little more than
 * the system calls, so that the server is what is measured.
 *
 * A connection has one exchange at a time: some bytes of requests, and so many bytes of
 * replies to come. A server that sends more than that, or closes, ends the program.
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
    struct pieces out; /* what is left to send */
    size_t in_left;    /* bytes of replies still to come */
};

struct address {
    struct sockaddr_storage storage;
    socklen_t len;
};

/* Called after `len` bytes of replies have come and conn->in_left has been lowered; the
 * time is `now`. */
typedef void loop_reply_fn(void *context, struct conn *conn, size_t len, uint64_t now);

struct loop {
    const struct address *address;
    uint64_t patience_ns; /* silence after which the server is given up */
    int epoll;
    struct conn *conns;
    size_t count;
    bool stop;      /* set it to leave loop_run */
    uint64_t heard; /* when bytes came last */
    uint8_t *scratch;
    loop_reply_fn *on_reply;
    void *context;
};

/* Room for `count` connections, none of them open. */
void loop_init(
    struct loop *loop, const struct address *address, size_t count, uint64_t patience_ns);

/* Closes all by a reset, which leaves no port waiting. */
void loop_done(struct loop *loop);

/* Starts to connect the `index`th; bytes given to loop_send go out once it is connected. */
void loop_connect(struct loop *loop, size_t index);

/* Connects all and has each VALIDATE and PING, a few at a time, until the last is through. */
void loop_connect_all(struct loop *loop);

/* Begins an exchange. The bytes stay the caller's and unchanged until they are answered. */
void loop_send(struct loop *loop, struct conn *conn, struct pieces requests, size_t reply_len);

/* Sends and receives until loop->stop, or until `deadline`, a clock_now; 0: none. */
void loop_run(struct loop *loop, uint64_t deadline, loop_reply_fn *on_reply, void *context);

/* Closes the connection as if its process had ended. */
void loop_close(struct conn *conn);

#endif
