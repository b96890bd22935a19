/*
 * A connection to a peer: on a TCP socket (tcp_stream.h), encrypted on such (src/secure), or
 * through a relay (src/relays). It reads into its owner's memory and
 * writes what the owner sends. What the peer does not take waits in a backlog. It does not know
 * what the bytes mean. Call its functions on the loop's thread.
 */
#ifndef SERVER_STREAM_H
#define SERVER_STREAM_H

#include <uv.h>

#include <tcpstore/error.h>

#include "base/outbox.h"
#include "server/remote_process.h"

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

    /* More is known of the peer, which is a relay's client: `process` of the stream. NULL: the
     * owner does not want to know. */
    void (*identified)(void *owner);
};

struct stream_limits {
    size_t high_water; /* bytes of backlog that make the stream full */
    size_t hard_cap;   /* bytes that the backlog never exceeds */
};

enum { SOCKET_SEND_STEPS = 64 /* of a small send */ };

/* What each function below does for one kind of stream. */
struct stream_kind {
    long send_steps; /* of a release: what its bytes take comes on top */
    int (*start_reading)(struct stream *stream);
    void (*stop_reading)(struct stream *stream);
    bool (*read)(struct stream *stream);
    int (*send)(struct stream *stream, struct outbox *bytes, long *steps);
    int (*write)(struct stream *stream, long *steps);
    int (*peek)(const struct stream *stream);
    int (*duplicate)(const struct stream *stream);
    bool (*can_write)(const struct stream *stream);
    bool (*is_full)(const struct stream *stream);
    bool (*has_backlog)(const struct stream *stream);
    bool (*is_sending)(const struct stream *stream);
    void (*shut_down)(const struct stream *stream);
    void (*close)(struct stream *stream);
    bool (*free)(struct stream *stream, long *steps);
};

/* What all kinds have. The pointers are borrowed. */
struct stream {
    const struct stream_kind *kind;
    struct memory *memory; /* of the stream itself, and its backlog */
    const struct stream_limits *limits;
    const struct stream_events *events;
    void *owner;
    int status;         /* libuv's error, after TCPSTORE_ELOST */
    const char *reason; /* static; why it has ended, in place of the event's status; or NULL */
    struct remote_process *process; /* of the peer, if that is a relay's client: the stream's
                                       own; else NULL */
};

/* For a stream that was opened without an owner. */
static inline void stream_set_owner(
    struct stream *stream, const struct stream_limits *limits,
    const struct stream_events *events, void *owner)
{
    stream->limits = limits;
    stream->events = events;
    stream->owner = owner;
}

/* In words, after `ended` with the status; static. */
static inline const char *stream_reason(const struct stream *stream, int status)
{
    return stream->reason != NULL ? stream->reason : uv_strerror(status);
}

/* TCPSTORE_ELOST. */
TCPSTORE_MUST_USE
static inline int stream_start_reading(struct stream *stream)
{
    return stream->kind->start_reading(stream);
}

static inline void stream_stop_reading(struct stream *stream)
{
    stream->kind->stop_reading(stream);
}

/* Reads once, now, while the stream does not read by itself: calls `received`, `ended`, or, if
 * nothing has arrived, neither. Returns whether it has called one. */
static inline bool stream_read(struct stream *stream)
{
    return stream->kind->read(stream);
}

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
static inline int stream_send(struct stream *stream, struct outbox *bytes, long *steps)
{
    return stream->kind->send(stream, bytes, steps);
}

/* Writes as much of the backlog as the socket takes and the steps allow. TCPSTORE_ELOST. */
TCPSTORE_MUST_USE
static inline int stream_write(struct stream *stream, long *steps)
{
    return stream->kind->write(stream, steps);
}

/* The next byte to be read; -1: none has arrived. */
static inline int stream_peek(const struct stream *stream)
{
    return stream->kind->peek(stream);
}

/* Another descriptor of the socket, above 2, which the caller owns. Returns -1 with errno set:
 * EOPNOTSUPP if the bytes on a socket are not the stream's (bridge.h), or another one if the
 * process can have no more. */
static inline int stream_duplicate(const struct stream *stream)
{
    return stream->kind->duplicate(stream);
}

/* Whether the steps were used up before the socket was full, or `written` was called, so that
 * the owner calls stream_write when it has steps again. */
static inline bool stream_can_write(const struct stream *stream)
{
    return stream->kind->can_write(stream);
}

/* Whether the backlog has reached its high water: read no more until it is lower. */
static inline bool stream_is_full(const struct stream *stream)
{
    return stream->kind->is_full(stream);
}

static inline bool stream_has_backlog(const struct stream *stream)
{
    return stream->kind->has_backlog(stream);
}

/* Whether some of what was sent is still on this host: in the backlog or in the socket. */
static inline bool stream_is_sending(const struct stream *stream)
{
    return stream->kind->is_sending(stream);
}

/* Sends the end of the stream after what has been sent; there must be no backlog. */
static inline void stream_shut_down(const struct stream *stream)
{
    stream->kind->shut_down(stream);
}

/* Closes the socket; what is not written is lost. The event `closed` follows. */
static inline void stream_close(struct stream *stream)
{
    stream->kind->close(stream);
}

/* After `closed`: frees the stream and its backlog, one step for each piece. Returns whether
 * that is done; if not, call it again. */
static inline bool stream_free(struct stream *stream, long *steps)
{
    return stream->kind->free(stream, steps);
}

#endif
