/*
 * Happy path: read, hand the bytes to the owner, write its replies at once.
 *
 * Failures: the peer closes; the network fails; the peer does not read, so that the backlog
 * grows to its cap; memory for the backlog is refused. Each is reported to the owner, which
 * closes.
 */
#include "server/stream.h"

#include "server/descriptors.h"

enum {
    KEEP_ALIVE_SECONDS = 60, /* idle time after which the kernel probes the peer */
    VIEWS_PER_WRITE = 64,
    BACKLOG_FILL = 4096,
    READ_MAX = 1 << 30, /* bytes of one read: libuv counts them in an unsigned int */
};

/* What the socket has not taken. */
struct backlog {
    uv_write_t write;
    size_t in_flight; /* bytes at the front that libuv is writing; 0: none */
    struct outbox bytes;
};

struct stream {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
    } uv;
    struct memory *memory;
    const struct stream_limits *limits;
    const struct stream_events *events;
    void *owner;
    struct backlog *backlog; /* NULL: everything is written */
    int status;
};

/* Keeps libuv's `status`. Returns TCPSTORE_ELOST if it is an error. */
static int record_status(struct stream *stream, int status)
{
    stream->status = status;
    return status ? TCPSTORE_ELOST : 0;
}

static void on_discarded(uv_handle_t *handle)
{
    struct stream *stream = handle->data;

    memory_free(stream->memory, stream, sizeof(*stream));
}

/* NULL: memory is refused. */
static struct stream *allocate(const uv_loop_t *loop, int fd, struct memory *memory)
{
    struct stream *stream = memory_alloc(memory, sizeof(*stream));

    if (stream == NULL || descriptors_can_watch(loop, fd, memory))
        return stream;
    memory_free(memory, stream, sizeof(*stream));
    return NULL;
}

int stream_open_tcp(
    uv_loop_t *loop, int fd, struct memory *memory, const struct stream_limits *limits,
    const struct stream_events *events, void *owner, struct stream **ret_stream)
{
    struct stream *stream = allocate(loop, fd, memory);
    int status;

    if (stream == NULL)
        return UV_ENOMEM;
    *stream =
        (struct stream){.memory = memory, .limits = limits, .events = events, .owner = owner};
    uv_tcp_init(loop, &stream->uv.tcp);
    stream->uv.handle.data = stream;
    status = uv_tcp_open(&stream->uv.tcp, fd);
    if (status) {
        uv_close(&stream->uv.handle, on_discarded);
        return status;
    }
    uv_tcp_nodelay(&stream->uv.tcp, 1);
    uv_tcp_keepalive(&stream->uv.tcp, 1, KEEP_ALIVE_SECONDS);
    *ret_stream = stream;
    return 0;
}

static void on_alloc(uv_handle_t *handle, size_t suggested_size, uv_buf_t *ret_buf)
{
    struct stream *stream = handle->data;
    struct room room = stream->events->room(stream->owner);

    (void)suggested_size;
    if (room.len > READ_MAX)
        room.len = READ_MAX;
    *ret_buf = uv_buf_init((char *)room.bytes, (unsigned)room.len);
}

static void end(struct stream *stream, int status)
{
    stream_stop_reading(stream);
    stream->events->ended(stream->owner, status);
}

/* A `len` of 0 is EAGAIN. */
static void on_read(uv_stream_t *handle, ssize_t len, const uv_buf_t *buf)
{
    struct stream *stream = handle->data;

    if (len > 0)
        stream->events->received(stream->owner, span_of(buf->base, (size_t)len));
    else if (len < 0)
        end(stream, (int)len);
}

int stream_start_reading(struct stream *stream)
{
    return record_status(stream, uv_read_start(&stream->uv.stream, on_alloc, on_read));
}

void stream_stop_reading(struct stream *stream)
{
    uv_read_stop(&stream->uv.stream);
}

static size_t to_bufs(const struct span *views, size_t count, uv_buf_t *bufs)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        /* uv_buf_t also serves for reading, hence not const; libuv does not write here. */
        bufs[i] = (uv_buf_t){.base = (char *)(uintptr_t)views[i].bytes, .len = views[i].len};
        bytes += views[i].len;
    }
    return bytes;
}

/* Offers `bytes` to the socket and consumes what it takes, which may be nothing. Returns
 * libuv's error. */
static int write_now(struct stream *stream, struct outbox *bytes)
{
    struct span views[VIEWS_PER_WRITE];
    uv_buf_t bufs[VIEWS_PER_WRITE];

    while (bytes->bytes > 0) {
        size_t count = outbox_peek(bytes, views, VIEWS_PER_WRITE);
        size_t offered = to_bufs(views, count, bufs);
        int written = uv_try_write(&stream->uv.stream, bufs, (unsigned)count);

        if (written == UV_EAGAIN)
            return 0;
        if (written < 0)
            return written;
        outbox_consume(bytes, (size_t)written);
        if ((size_t)written < offered)
            return 0;
    }
    return 0;
}

static void free_backlog(struct stream *stream)
{
    outbox_done(&stream->backlog->bytes);
    memory_free(stream->memory, stream->backlog, sizeof(*stream->backlog));
    stream->backlog = NULL;
}

static void on_written(uv_write_t *write, int status);

/* Returns libuv's error. */
static int write_backlog(struct stream *stream)
{
    struct backlog *backlog = stream->backlog;
    struct span views[VIEWS_PER_WRITE];
    uv_buf_t bufs[VIEWS_PER_WRITE];
    size_t count = outbox_peek(&backlog->bytes, views, VIEWS_PER_WRITE);

    backlog->in_flight = to_bufs(views, count, bufs);
    backlog->write.data = stream;
    return uv_write(&backlog->write, &stream->uv.stream, bufs, (unsigned)count, on_written);
}

static void on_written(uv_write_t *write, int status)
{
    struct stream *stream = write->data;
    struct backlog *backlog = stream->backlog;

    if (uv_is_closing(&stream->uv.handle))
        return;
    if (status == 0) {
        outbox_consume(&backlog->bytes, backlog->in_flight);
        backlog->in_flight = 0;
        if (backlog->bytes.bytes == 0)
            free_backlog(stream);
        else
            status = write_backlog(stream);
    }
    if (status)
        end(stream, status);
    else
        stream->events->written(stream->owner);
}

/* TCPSTORE_ENOMEM. */
static int ensure_backlog(struct stream *stream)
{
    struct backlog *backlog;

    if (stream->backlog != NULL)
        return 0;
    backlog = memory_alloc(stream->memory, sizeof(*backlog));
    if (backlog == NULL)
        return TCPSTORE_ENOMEM;
    backlog->in_flight = 0;
    outbox_init(&backlog->bytes, stream->memory, BACKLOG_FILL, stream->limits->hard_cap);
    stream->backlog = backlog;
    return 0;
}

/* TCPSTORE_ENOMEM, TCPSTORE_EOUTPUT, TCPSTORE_ELOST. */
static int send_later(struct stream *stream, struct outbox *bytes)
{
    int code = ensure_backlog(stream);

    if (code == 0)
        code = outbox_move(&stream->backlog->bytes, bytes);
    if (code || stream->backlog->in_flight > 0)
        return code;
    return record_status(stream, write_backlog(stream));
}

int stream_send(struct stream *stream, struct outbox *bytes)
{
    int code = 0;

    if (stream->backlog == NULL)
        code = record_status(stream, write_now(stream, bytes));
    if (code == 0 && bytes->bytes > 0)
        code = send_later(stream, bytes);
    outbox_clear(bytes);
    return code;
}

bool stream_is_full(const struct stream *stream)
{
    return stream->backlog != NULL &&
           stream->backlog->bytes.bytes >= stream->limits->high_water;
}

bool stream_has_backlog(const struct stream *stream)
{
    return stream->backlog != NULL;
}

int stream_status(const struct stream *stream)
{
    return stream->status;
}

static void on_closed(uv_handle_t *handle)
{
    struct stream *stream = handle->data;
    const struct stream_events *events = stream->events;
    void *owner = stream->owner;

    if (stream->backlog != NULL)
        free_backlog(stream);
    memory_free(stream->memory, stream, sizeof(*stream));
    events->closed(owner);
}

void stream_close(struct stream *stream)
{
    uv_close(&stream->uv.handle, on_closed);
}
