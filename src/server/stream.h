/*
 * A connected socket. It reads into its owner's memory and writes what the owner sends. What
 * the socket does not take waits in a backlog. It does not know what the bytes mean. Call its
 * functions on the loop's thread.
 *
 * TCP is its one kind. A Unix socket is another member of `uv` with its own stream_open_…;
 * TLS goes between libuv's callbacks and the owner's events.
 */
#ifndef SERVER_STREAM_H
#define SERVER_STREAM_H

#include <uv.h>

#include <tcpstore/error.h>

#include "base/outbox.h"

struct stream;

struct stream_events {
    /* Where to receive the next bytes: one or more. */
    struct room (*room)(struct stream *stream);

    /* Bytes have arrived, at the front of the room. */
    void (*received)(struct stream *stream, struct span bytes);

    /* Some of the backlog has been written; the stream may no longer be full. */
    void (*written)(struct stream *stream);

    /* The peer sends no more (UV_EOF), or the connection has failed: `status` is libuv's error.
     * Reading has stopped; the stream is still open. */
    void (*ended)(struct stream *stream, int status);

    /* After stream_close: the stream's memory is no longer in use. */
    void (*closed)(struct stream *stream);
};

struct stream_limits {
    size_t high_water; /* bytes of backlog that make the stream full */
    size_t hard_cap;   /* bytes that the backlog never exceeds */
};

/* Embedded in its owner, which finds itself by CONTAINER_OF. */
struct stream {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
    } uv;
    struct memory *memory;
    const struct stream_limits *limits;
    const struct stream_events *events;
    struct backlog *backlog; /* NULL: everything is written */
    int status;              /* libuv's error, after TCPSTORE_ELOST */
};

/*
 * Takes over the connected TCP socket `fd`. It does not read yet. Memory for the backlog comes
 * from `memory`; all pointers are borrowed.
 *
 * TCPSTORE_ELOST   libuv refuses the socket; close the stream all the same
 */
TCPSTORE_MUST_USE
int stream_open_tcp(
    struct stream *stream, uv_loop_t *loop, int fd, struct memory *memory,
    const struct stream_limits *limits, const struct stream_events *events);

/* TCPSTORE_ELOST. */
TCPSTORE_MUST_USE
int stream_start_reading(struct stream *stream);

void stream_stop_reading(struct stream *stream);

/*
 * Sends `bytes` and leaves them empty. After an error some may be lost: close the stream.
 *
 * TCPSTORE_ELOST    the connection has failed
 * TCPSTORE_ENOMEM   no memory for the backlog
 * TCPSTORE_EOUTPUT  the backlog would exceed its hard cap
 */
TCPSTORE_MUST_USE
int stream_send(struct stream *stream, struct outbox *bytes);

/* Whether the backlog has reached its high water: read no more until `written`. */
bool stream_is_full(const struct stream *stream);

static inline bool stream_has_backlog(const struct stream *stream)
{
    return stream->backlog != NULL;
}

/* Closes the socket; what is not written is lost. The event `closed` follows. */
void stream_close(struct stream *stream);

#endif
