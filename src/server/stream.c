/*
 * Happy path: read, hand the bytes to the owner, write its replies at once.
 *
 * Failures: the peer closes; the network fails; the peer does not read, so that the backlog
 * grows to its cap; memory for the backlog is refused. Each is reported to the owner, which
 * closes.
 */
#include "server/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/step.h"
#include "server/descriptors.h"

enum {
    VIEWS_PER_WRITE = 64,
    WRITE_MAX = 512 << 10, /* bytes of one write */
    WRITE_MIN = 32 << 10,  /* bytes that are written even if no steps are left */
    BACKLOG_FILL = 4096,

    /* Bytes handed to libuv at a time: it writes for all writable streams in one iteration. */
    IN_FLIGHT_MAX = 4096,

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

static int descriptor(const struct stream *stream)
{
    uv_os_fd_t fd = -1;

    uv_fileno(&stream->uv.handle, &fd);
    return fd;
}

int stream_peek(const struct stream *stream)
{
    uint8_t byte;

    return recv(descriptor(stream), &byte, 1, MSG_PEEK) == 1 ? byte : -1;
}

int stream_duplicate(const struct stream *stream)
{
    return fcntl(descriptor(stream), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

bool stream_read(struct stream *stream)
{
    struct room room = stream->events->room(stream->owner);
    ssize_t len;

    do {
        len = recv(descriptor(stream), room.bytes, room.len, 0);
    } while (len < 0 && errno == EINTR);
    if (len > 0)
        stream->events->received(stream->owner, span_of(room.bytes, (size_t)len));
    else if (len == 0)
        stream->events->ended(stream->owner, UV_EOF);
    else if (errno != EAGAIN && errno != EWOULDBLOCK)
        stream->events->ended(stream->owner, uv_translate_sys_error(errno));
    else
        return false;
    return true;
}

/* Up to `count` first views, of at most `max` bytes. Returns how many. */
static unsigned to_bufs(
    const struct outbox *outbox, uv_buf_t *bufs, size_t count, size_t max, size_t *ret_bytes)
{
    struct span views[VIEWS_PER_WRITE];
    size_t bytes = 0;
    unsigned i;

    count = outbox_peek(outbox, views, count);
    for (i = 0; i < count && bytes < max; i++) {
        size_t len = views[i].len < max - bytes ? views[i].len : max - bytes;

        /* uv_buf_t also serves for reading, hence not const; libuv does not write here. */
        bufs[i] = (uv_buf_t){.base = (char *)(uintptr_t)views[i].bytes, .len = len};
        bytes += len;
    }
    *ret_bytes = bytes;
    return i;
}

static size_t affordable(long steps)
{
    long max = WRITE_MAX / STEP_NEW_BYTES;
    long min = WRITE_MIN / STEP_NEW_BYTES;

    return (size_t)(steps > max ? max : steps < min ? min : steps) * STEP_NEW_BYTES;
}

/* Writes once and consumes what the socket takes. Returns how many bytes, or libuv's error. */
static int write_once(struct stream *stream, struct outbox *bytes, long *steps)
{
    uv_buf_t bufs[VIEWS_PER_WRITE];
    size_t offered;
    unsigned count = to_bufs(bytes, bufs, VIEWS_PER_WRITE, affordable(*steps), &offered);
    int written = uv_try_write(&stream->uv.stream, bufs, count);

    if (written > 0) {
        outbox_consume(bytes, (size_t)written);
        *steps -= written / STEP_NEW_BYTES;
    }
    return written;
}

/* Writes until all is written, the steps are used up, or the socket is full: UV_EAGAIN. Returns
 * libuv's error. */
static int write_now(struct stream *stream, struct outbox *bytes, long *steps)
{
    int written;

    do {
        written = write_once(stream, bytes, steps);
    } while (written > 0 && bytes->bytes > 0 && *steps > 0);
    return written < 0 ? written : 0;
}

static void free_backlog(struct stream *stream)
{
    outbox_done(&stream->backlog->bytes);
    memory_free(stream->memory, stream->backlog, sizeof(*stream->backlog));
    stream->backlog = NULL;
}

static void on_written(uv_write_t *write, int status);

/* Has libuv write a small piece once the socket takes it: that is how a stream learns that its
 * socket is writable. Returns libuv's error. */
static int begin_write(struct stream *stream)
{
    struct backlog *backlog = stream->backlog;
    uv_buf_t buf;

    to_bufs(&backlog->bytes, &buf, 1, IN_FLIGHT_MAX, &backlog->in_flight);
    backlog->write.data = stream;
    return uv_write(&backlog->write, &stream->uv.stream, &buf, 1, on_written);
}

static void on_written(uv_write_t *write, int status)
{
    struct stream *stream = write->data;
    struct backlog *backlog = stream->backlog;

    if (uv_is_closing(&stream->uv.handle))
        return;
    if (status) {
        end(stream, status);
        return;
    }
    outbox_consume(&backlog->bytes, backlog->in_flight);
    backlog->in_flight = 0;
    if (backlog->bytes.bytes == 0)
        free_backlog(stream);
    stream->events->written(stream->owner);
}

int stream_write(struct stream *stream, long *steps)
{
    struct backlog *backlog = stream->backlog;
    int status;

    if (!stream_can_write(stream))
        return 0;
    status = write_now(stream, &backlog->bytes, steps);
    if (status == UV_EAGAIN)
        status = begin_write(stream);
    else if (backlog->bytes.bytes == 0)
        free_backlog(stream);
    return record_status(stream, status);
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

/* TCPSTORE_ENOMEM, TCPSTORE_EOUTPUT. */
static int send_later(struct stream *stream, struct outbox *bytes)
{
    int code = ensure_backlog(stream);

    return code ? code : outbox_move(&stream->backlog->bytes, bytes);
}

/* TCPSTORE_ENOMEM, TCPSTORE_EOUTPUT, TCPSTORE_ELOST. */
static int send_now(struct stream *stream, struct outbox *bytes, long *steps)
{
    int status = write_now(stream, bytes, steps);
    int code;

    if (status && status != UV_EAGAIN)
        return record_status(stream, status);
    if (bytes->bytes == 0)
        return 0;
    code = send_later(stream, bytes);
    if (code == 0 && status == UV_EAGAIN)
        code = record_status(stream, begin_write(stream));
    return code;
}

int stream_send(struct stream *stream, struct outbox *bytes, long *steps)
{
    int code = 0;

    if (bytes->bytes > 0)
        code = stream->backlog == NULL ? send_now(stream, bytes, steps)
                                       : send_later(stream, bytes);
    outbox_clear(bytes);
    return code;
}

bool stream_is_full(const struct stream *stream)
{
    return stream->backlog != NULL &&
           stream->backlog->bytes.bytes >= stream->limits->high_water;
}

bool stream_can_write(const struct stream *stream)
{
    return stream->backlog != NULL && stream->backlog->in_flight == 0;
}

bool stream_has_backlog(const struct stream *stream)
{
    return stream->backlog != NULL;
}

bool stream_is_sending(const struct stream *stream)
{
    int unsent = 0;

    ioctl(descriptor(stream), SIOCOUTQNSD, &unsent);
    return stream->backlog != NULL || unsent > 0;
}

void stream_shut_down(const struct stream *stream)
{
    shutdown(descriptor(stream), SHUT_WR);
}

int stream_status(const struct stream *stream)
{
    return stream->status;
}

static void on_closed(uv_handle_t *handle)
{
    struct stream *stream = handle->data;

    stream->events->closed(stream->owner);
}

void stream_close(struct stream *stream)
{
    uv_close(&stream->uv.handle, on_closed);
}

bool stream_free(struct stream *stream, long *steps)
{
    if (stream->backlog != NULL) {
        if (!outbox_drop(&stream->backlog->bytes, steps))
            return false;
        free_backlog(stream);
    }
    memory_free(stream->memory, stream, sizeof(*stream));
    return true;
}
