/*
 * A connected socket. It reads into its owner's memory and writes what the owner sends. What
 * the socket does not take waits in a backlog. It does not know what the bytes mean. Call its
 * functions on the loop's thread.
 *
 * TCP is its one kind. A Unix socket is another member of `uv` with its own stream_open_…;
 * TLS goes between libuv's callbacks and the owner's events. Clients are its one owner.
 */
#ifndef SERVER_STREAM_H
#define SERVER_STREAM_H

#include <uv.h>

#include <tcpstore/error.h>

#include "base/outbox.h"

struct stream;

struct stream_events {
    /* Where to receive the next bytes: one or more. */
    struct room (*room)(void *owner);

    /* Bytes have arrived, at the front of the room. */
    void (*received)(void *owner, struct span bytes);

    /* The socket was full and has taken some of the backlog: the owner calls stream_write, now
     * or later. */
    void (*written)(void *owner);

    /* The peer sends no more (UV_EOF), or the connection has failed: `status` is libuv's error.
     * Reading has stopped; the stream is still open. */
    void (*ended)(void *owner, int status);

    /* After stream_close: the socket is closed, and the owner calls stream_free. */
    void (*closed)(void *owner);
};

struct stream_limits {
    size_t high_water; /* bytes of backlog that make the stream full */
    size_t hard_cap;   /* bytes that the backlog never exceeds */
};

/*
 * Opens a stream on the connected TCP socket `fd`. It does not read yet. It and its backlog are
 * allocated from `memory`; all pointers are borrowed, `owner` for the events. Returns libuv's
 * error: UV_ENOMEM, or the socket is not usable. Then `fd` is still the caller's.
 */
TCPSTORE_MUST_USE
int stream_open_tcp(
    uv_loop_t *loop, int fd, struct memory *memory, const struct stream_limits *limits,
    const struct stream_events *events, void *owner, struct stream **ret_stream);

/* TCPSTORE_ELOST. */
TCPSTORE_MUST_USE
int stream_start_reading(struct stream *stream);

void stream_stop_reading(struct stream *stream);

/* Reads once, now, while the stream does not read by itself: calls `received`, `ended`, or, if
 * nothing has arrived, neither. Returns whether it has called one. */
bool stream_read(struct stream *stream);

/*
 * Sends `bytes` and leaves them empty: writes what the socket takes and the steps allow, and
 * keeps the rest in the backlog. After an error some may be lost: close the stream.
 *
 * This and stream_write subtract a step for each 256 bytes written. Even without steps they
 * write up to 32 KiB, so `steps` may fall below 0.
 *
 * TCPSTORE_ELOST    the connection has failed
 * TCPSTORE_ENOMEM   no memory for the backlog
 * TCPSTORE_EOUTPUT  the backlog would exceed its hard cap
 */
TCPSTORE_MUST_USE
int stream_send(struct stream *stream, struct outbox *bytes, long *steps);

/* Writes as much of the backlog as the socket takes and the steps allow. TCPSTORE_ELOST. */
TCPSTORE_MUST_USE
int stream_write(struct stream *stream, long *steps);

/* The next byte to be read; -1: none has arrived. */
int stream_peek(const struct stream *stream);

/* Another descriptor of the socket, above 2, which the caller owns. Returns -1 with errno set
 * if the process can have no more. */
int stream_duplicate(const struct stream *stream);

/* Whether the steps were used up before the socket was full, or `written` was called, so that
 * the owner calls stream_write when it has steps again. */
bool stream_can_write(const struct stream *stream);

/* Whether the backlog has reached its high water: read no more until it is lower. */
bool stream_is_full(const struct stream *stream);

bool stream_has_backlog(const struct stream *stream);

/* Whether some of what was sent is still on this host: in the backlog or in the socket. */
bool stream_is_sending(const struct stream *stream);

/* Sends the end of the stream after what has been sent; there must be no backlog. */
void stream_shut_down(const struct stream *stream);

/* libuv's error, after TCPSTORE_ELOST. */
int stream_status(const struct stream *stream);

/* Closes the socket; what is not written is lost. The event `closed` follows. */
void stream_close(struct stream *stream);

/* After `closed`: frees the stream and its backlog, one step for each piece. Returns whether
 * that is done; if not, call it again. */
bool stream_free(struct stream *stream, long *steps);

#endif
