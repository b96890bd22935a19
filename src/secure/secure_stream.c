/*
 * Happy path: shake hands, then decrypt what comes into the owner's room, and encrypt what it
 * sends, so that the backlog of the TCP stream has encrypted bytes.
 *
 * Failures: the other end is not who it should be, or does not speak TLS 1.3; it refuses this
 * end; bytes are forged; the TCP stream fails; memory is refused. The stream ends, and its
 * `reason` says why.
 */
#include "secure/secure_stream.h"

#include <errno.h>
#include <limits.h>

#include "base/container.h"
#include "base/step.h"
#include "server/tcp_stream.h"

enum {
    VIEWS = 16,
    HANDSHAKE_STEPS = 10000,   /* of a part of one: a signature takes about a millisecond */
    HANDSHAKE_MAX = 128 << 10, /* bytes that may wait to be looked at */
};

struct secure_stream {
    struct stream stream;
    struct stream *tcp;
    const struct secure *secure;
    const struct secure_events *events;
    void *context; /* of these */
    struct tls_session session;
    struct turn turn; /* for the handshake, and for what the owner did not read at once */
    int end_status;   /* libuv's: the TCP stream has ended; 0: it has not */
    bool is_open;     /* the handshake is over */
    bool reads;
    bool has_ended; /* the owner knows */
    bool is_closing;
};

static struct secure_stream *secure_of(const struct stream *stream)
{
    return CONTAINER_OF(stream, struct secure_stream, stream);
}

/* Its backlog is this one's; an owner may follow another. */
static struct stream *tcp_of(const struct secure_stream *secure)
{
    if (secure->is_open)
        secure->tcp->limits = secure->stream.limits;
    return secure->tcp;
}

/* Sends what TLS has for the other end. */
static int flush(struct secure_stream *secure, long *steps)
{
    int code = stream_send(tcp_of(secure), &secure->session.pipe.out, steps);

    secure->stream.status = secure->tcp->status;
    return code;
}

/* The owner may yet start to read again. */
static void stop(struct secure_stream *secure, int status)
{
    secure->reads = false;
    stream_stop_reading(secure->tcp);
    secure->stream.events->ended(secure->stream.owner, status);
}

static void end(struct secure_stream *secure, int status)
{
    if (secure->has_ended)
        return;
    secure->has_ended = true;
    stop(secure, status);
}

static void end_failed(struct secure_stream *secure)
{
    long steps = LONG_MAX;

    secure->stream.reason = secure->session.peer.failure.reason;
    if (flush(secure, &steps)) /* the alert */
        secure->session.has_failed = true;
    end(secure, UV_EPROTO);
}

/* There is at least one byte. */
static void give_some(struct secure_stream *secure)
{
    struct stream *stream = &secure->stream;
    struct room room = stream->events->room(stream->owner);
    size_t len;

    if (room.len == 0) /* it is not for this owner, but for HTTP */
        stop(secure, UV_ENOBUFS);
    else if (tls_session_read(&secure->session, room, &len) == TLS_DONE)
        stream->events->received(stream->owner, span_of(room.bytes, len));
    else
        end_failed(secure);
}

/* Spares OpenSSL the search for more where there is nothing. */
static enum tls_result look_for_byte(struct secure_stream *secure)
{
    uint8_t byte;

    if (!tls_session_has_more(&secure->session))
        return TLS_NEEDS_BYTES;
    return tls_session_peek(&secure->session, &byte);
}

/* Returns whether it has called the owner. */
static bool give_or_end(struct secure_stream *secure)
{
    if (secure->has_ended || secure->is_closing)
        return false;
    switch (look_for_byte(secure)) {
    case TLS_DONE:
        give_some(secure);
        return true;
    case TLS_ENDED:
        end(secure, UV_EOF);
        return true;
    case TLS_FAILED:
        end_failed(secure);
        return true;
    case TLS_NEEDS_BYTES:
        break;
    }
    if (secure->end_status)
        end(secure, secure->end_status);
    return secure->end_status != 0;
}

/* What the owner does not want yet is kept. */
static void give_while_it_reads(struct secure_stream *secure)
{
    long steps = LONG_MAX;

    while (secure->reads && give_or_end(secure)) {
    }
    if (secure->is_closing)
        return;
    if (tls_pipe_keep(&secure->session.pipe))
        end(secure, UV_ENOMEM);
    else if (flush(secure, &steps)) /* an answer to a change of keys */
        end(secure, secure->stream.status ? secure->stream.status : UV_ENOMEM);
}

static void fail(struct secure_stream *secure, const char *reason, const char *detail)
{
    struct tls_failure *failure = &secure->session.peer.failure;

    tls_failure_set(failure, reason, detail);
    secure->session.has_failed = true;
    stream_stop_reading(secure->tcp);
    secure->events->failed(secure->context, &secure->stream, failure);
}

static void become_ready(struct secure_stream *secure)
{
    secure->is_open = true;
    stream_stop_reading(secure->tcp); /* until the owner reads */
    secure->events->ready(secure->context, &secure->stream);
}

static void shake_hands(struct secure_stream *secure)
{
    enum tls_result result = tls_session_greet(&secure->session);
    long steps = LONG_MAX;

    if (flush(secure, &steps))
        fail(secure, "the connection has failed during the TLS handshake", "");
    else if (result == TLS_DONE)
        become_ready(secure);
    else if (result != TLS_NEEDS_BYTES)
        fail(secure, "it has ended the TLS handshake", "");
    else if (secure->end_status)
        fail(
            secure,
            "it has closed the connection during the TLS handshake; its log may say why",
            secure->end_status == UV_EOF ? "" : uv_strerror(secure->end_status));
}

static void on_turn(struct turn *turn)
{
    struct secure_stream *secure = CONTAINER_OF(turn, struct secure_stream, turn);
    long steps = turn_begin(secure->secure->turns, turn);

    if (!secure->is_open)
        steps -= HANDSHAKE_STEPS;
    turn_end(secure->secure->turns, turn, steps);
    if (secure->is_closing)
        return;
    if (secure->is_open)
        give_while_it_reads(secure);
    else
        shake_hands(secure);
}

static struct room on_room(void *owner)
{
    const struct secure_stream *secure = owner;

    return (struct room){secure->secure->buffer, SECURE_BUFFER_SIZE};
}

static void ask_for_turn(struct secure_stream *secure)
{
    turns_add(secure->secure->turns, &secure->turn);
}

/* Handshakes take turns: each takes as long as thousands of requests. */
static void keep_for_turn(struct secure_stream *secure)
{
    struct tls_pipe *pipe = &secure->session.pipe;

    if (tls_pipe_keep(pipe)) {
        pipe->fresh = span_of(NULL, 0);
        tls_failure_set(&secure->session.peer.failure, "no memory for its TLS handshake", "");
        secure->end_status = UV_ENOMEM;
    }
    if (pipe->kept.bytes > HANDSHAKE_MAX)
        stream_stop_reading(secure->tcp);
    ask_for_turn(secure);
}

static void on_received(void *owner, struct span bytes)
{
    struct secure_stream *secure = owner;

    secure->session.pipe.fresh = bytes;
    if (secure->is_open)
        give_while_it_reads(secure);
    else
        keep_for_turn(secure);
}

static void on_written(void *owner)
{
    struct secure_stream *secure = owner;
    long steps = LONG_MAX;

    if (secure->is_open)
        secure->stream.events->written(secure->stream.owner);
    else if (stream_write(secure->tcp, &steps))
        ask_for_turn(secure);
}

static void on_ended(void *owner, int status)
{
    struct secure_stream *secure = owner;

    secure->end_status = status;
    if (!secure->is_open)
        ask_for_turn(secure);
    else if (status == UV_EOF && secure->reads)
        give_while_it_reads(secure);
    else
        end(secure, status);
}

static bool free_some(struct stream *stream, long *steps)
{
    struct secure_stream *secure = secure_of(stream);

    if (!stream_free(secure->tcp, steps))
        return false;
    turn_cancel(&secure->turn);
    tls_session_done(&secure->session);
    memory_free(stream->memory, secure, sizeof(*secure));
    return true;
}

static void on_closed(void *owner)
{
    const struct secure_stream *secure = owner;

    secure->stream.events->closed(secure->stream.owner);
}

static int start_reading(struct stream *stream)
{
    struct secure_stream *secure = secure_of(stream);

    secure->reads = true;
    if (tls_session_has_more(&secure->session) || secure->end_status)
        ask_for_turn(secure);
    if (stream_start_reading(secure->tcp) == 0)
        return 0;
    stream->status = secure->tcp->status;
    return TCPSTORE_ELOST;
}

static void stop_reading(struct stream *stream)
{
    struct secure_stream *secure = secure_of(stream);

    secure->reads = false;
    stream_stop_reading(secure->tcp);
}

static bool read_once(struct stream *stream)
{
    struct secure_stream *secure = secure_of(stream);

    if (give_or_end(secure))
        return true;
    return stream_read(secure->tcp) && (give_or_end(secure) || secure->has_ended);
}

static int encrypt(struct secure_stream *secure, struct outbox *bytes, long *steps)
{
    struct span views[VIEWS];

    while (bytes->bytes > 0) {
        size_t count = outbox_peek(bytes, views, VIEWS);
        size_t len = 0;

        for (size_t i = 0; i < count; i++) {
            if (!tls_session_write(&secure->session, views[i]))
                return TCPSTORE_ENOMEM; /* nothing else makes it fail */
            len += views[i].len;
        }
        outbox_consume(bytes, len);
        *steps -= (long)(len / STEP_NEW_BYTES);
    }
    return 0;
}

static int send_bytes(struct stream *stream, struct outbox *bytes, long *steps)
{
    struct secure_stream *secure = secure_of(stream);
    int code = encrypt(secure, bytes, steps);

    outbox_clear(bytes);
    return code ? code : flush(secure, steps);
}

static int write_backlog(struct stream *stream, long *steps)
{
    struct secure_stream *secure = secure_of(stream);
    int code = stream_write(secure->tcp, steps);

    stream->status = secure->tcp->status;
    return code;
}

static int peek(const struct stream *stream)
{
    uint8_t byte;

    return tls_session_peek(&secure_of(stream)->session, &byte) == TLS_DONE ? byte : -1;
}

static int has_no_descriptor(const struct stream *stream)
{
    (void)stream;
    errno = EOPNOTSUPP; /* so a bridge serves it HTTP */
    return -1;
}

static bool can_write(const struct stream *stream)
{
    return stream_can_write(secure_of(stream)->tcp);
}

static bool is_full(const struct stream *stream)
{
    return stream_is_full(tcp_of(secure_of(stream)));
}

static bool has_backlog(const struct stream *stream)
{
    return stream_has_backlog(secure_of(stream)->tcp);
}

static bool is_sending(const struct stream *stream)
{
    return stream_is_sending(secure_of(stream)->tcp);
}

/* The other end learns that no more follows. If the network does not take that now, it learns
 * it from the end of the TCP stream. */
static void say_goodbye(struct secure_stream *secure)
{
    long steps = LONG_MAX;

    tls_session_end(&secure->session);
    if (flush(secure, &steps))
        secure->session.has_failed = true;
}

static void shut_down(const struct stream *stream)
{
    struct secure_stream *secure = secure_of(stream);

    say_goodbye(secure);
    stream_shut_down(secure->tcp);
}

static void close_stream(struct stream *stream)
{
    struct secure_stream *secure = secure_of(stream);

    say_goodbye(secure);
    secure->is_closing = true;
    turn_cancel(&secure->turn);
    stream_close(secure->tcp);
}

enum tls_protocol secure_stream_protocol(const struct stream *stream)
{
    return tls_protocol_of(secure_of(stream)->session.ssl);
}

const char *secure_stream_peer(const struct stream *stream)
{
    return secure_of(stream)->session.peer.name;
}

/* NULL: memory is refused. */
static struct secure_stream *allocate(
    const struct secure *shared, const struct secure_events *events, void *context)
{
    static const struct stream_kind kind = {
        .send_steps = SOCKET_SEND_STEPS,
        .start_reading = start_reading,
        .stop_reading = stop_reading,
        .read = read_once,
        .send = send_bytes,
        .write = write_backlog,
        .peek = peek,
        .duplicate = has_no_descriptor,
        .can_write = can_write,
        .is_full = is_full,
        .has_backlog = has_backlog,
        .is_sending = is_sending,
        .shut_down = shut_down,
        .close = close_stream,
        .free = free_some,
    };
    struct secure_stream *secure = memory_alloc(shared->memory, sizeof(*secure));

    if (secure == NULL)
        return NULL;
    *secure = (struct secure_stream){
        .stream = {.kind = &kind, .memory = shared->memory},
        .secure = shared,
        .events = events,
        .context = context,
        .turn.run = on_turn,
    };
    return secure;
}

/* Its session is open. Returns libuv's error. */
static int open_tcp(struct secure_stream *secure, int fd)
{
    static const struct stream_limits limits = {SIZE_MAX, SIZE_MAX}; /* of the handshake */
    static const struct stream_events events = {on_room,  on_received, on_written,
                                                on_ended, on_closed,   NULL};
    const struct secure *shared = secure->secure;
    int status = tcp_stream_open(
        shared->loop, fd, shared->memory, &limits, &events, secure, &secure->tcp);

    if (status)
        return status;
    if (stream_start_reading(secure->tcp))
        secure->end_status = secure->tcp->status;
    ask_for_turn(secure);
    return 0;
}

static int open_stream(
    struct secure_stream *secure, int code, int fd, struct stream **ret_stream)
{
    int status = code ? UV_ENOMEM : open_tcp(secure, fd);

    if (code == 0 && status)
        tls_session_done(&secure->session);
    if (status)
        memory_free(secure->stream.memory, secure, sizeof(*secure));
    else
        *ret_stream = &secure->stream;
    return status;
}

int secure_stream_accept(
    const struct secure *secure, int fd, const struct secure_events *events, void *context,
    struct stream **ret_stream)
{
    struct secure_stream *stream = allocate(secure, events, context);

    if (stream == NULL)
        return UV_ENOMEM;
    return open_stream(
        stream, tls_session_accept(&stream->session, secure->context, secure->memory), fd,
        ret_stream);
}

int secure_stream_connect(
    const struct secure *secure, int fd, const char *host, enum tls_protocol protocol,
    const struct secure_events *events, void *context, struct stream **ret_stream)
{
    struct secure_stream *stream = allocate(secure, events, context);

    if (stream == NULL)
        return UV_ENOMEM;
    return open_stream(
        stream,
        tls_session_connect(&stream->session, secure->context, secure->memory, host, protocol),
        fd, ret_stream);
}
