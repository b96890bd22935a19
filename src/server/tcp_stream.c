/*
 * Happy path: read, hand the bytes to the owner, write its replies at once.
 *
 * Failures: the peer closes; the network fails; the peer does not read, so that the backlog
 * grows to its cap; memory for the backlog is refused. Each is reported to the owner, which
 * closes.
 */
#include "server/tcp_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/container.h"
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

struct tcp_stream {
    struct stream stream;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
    } uv;
    struct backlog *backlog; /* NULL: everything is written */
};

static struct tcp_stream *tcp_of(const struct stream *stream)
{
    return CONTAINER_OF(stream, struct tcp_stream, stream);
}

/* Keeps libuv's `status`. Returns TCPSTORE_ELOST if it is an error. */
static int record_status(struct tcp_stream *tcp, int status)
{
    tcp->stream.status = status;
    return status ? TCPSTORE_ELOST : 0;
}

static void on_discarded(uv_handle_t *handle)
{
    struct tcp_stream *tcp = handle->data;

    memory_free(tcp->stream.memory, tcp, sizeof(*tcp));
}

/* NULL: memory is refused. */
static struct tcp_stream *allocate(const uv_loop_t *loop, int fd, struct memory *memory)
{
    struct tcp_stream *tcp = memory_alloc(memory, sizeof(*tcp));

    if (tcp == NULL || descriptors_can_watch(loop, fd, memory))
        return tcp;
    memory_free(memory, tcp, sizeof(*tcp));
    return NULL;
}

static void on_alloc(uv_handle_t *handle, size_t suggested_size, uv_buf_t *ret_buf)
{
    struct tcp_stream *tcp = handle->data;
    struct room room = tcp->stream.events->room(tcp->stream.owner);

    (void)suggested_size;
    if (room.len > READ_MAX)
        room.len = READ_MAX;
    *ret_buf = uv_buf_init((char *)room.bytes, (unsigned)room.len);
}

static void end(struct tcp_stream *tcp, int status)
{
    uv_read_stop(&tcp->uv.stream);
    tcp->stream.events->ended(tcp->stream.owner, status);
}

/* A `len` of 0 is EAGAIN. */
static void on_read(uv_stream_t *handle, ssize_t len, const uv_buf_t *buf)
{
    struct tcp_stream *tcp = handle->data;

    if (len > 0)
        tcp->stream.events->received(tcp->stream.owner, span_of(buf->base, (size_t)len));
    else if (len < 0)
        end(tcp, (int)len);
}

static int start_reading(struct stream *stream)
{
    struct tcp_stream *tcp = tcp_of(stream);

    return record_status(tcp, uv_read_start(&tcp->uv.stream, on_alloc, on_read));
}

static void stop_reading(struct stream *stream)
{
    struct tcp_stream *tcp = tcp_of(stream);

    uv_read_stop(&tcp->uv.stream);
}

static int descriptor(const struct tcp_stream *tcp)
{
    uv_os_fd_t fd = -1;

    uv_fileno(&tcp->uv.handle, &fd);
    return fd;
}

static int peek(const struct stream *stream)
{
    const struct tcp_stream *tcp = tcp_of(stream);
    uint8_t byte;

    return recv(descriptor(tcp), &byte, 1, MSG_PEEK) == 1 ? byte : -1;
}

static int duplicate(const struct stream *stream)
{
    const struct tcp_stream *tcp = tcp_of(stream);

    return fcntl(descriptor(tcp), F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static bool read_once(struct stream *stream)
{
    struct tcp_stream *tcp = tcp_of(stream);
    struct room room = tcp->stream.events->room(tcp->stream.owner);
    ssize_t len;

    do {
        len = recv(descriptor(tcp), room.bytes, room.len, 0);
    } while (len < 0 && errno == EINTR);
    if (len > 0)
        tcp->stream.events->received(tcp->stream.owner, span_of(room.bytes, (size_t)len));
    else if (len == 0)
        tcp->stream.events->ended(tcp->stream.owner, UV_EOF);
    else if (errno != EAGAIN && errno != EWOULDBLOCK)
        tcp->stream.events->ended(tcp->stream.owner, uv_translate_sys_error(errno));
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
static int write_once(struct tcp_stream *tcp, struct outbox *bytes, long *steps)
{
    uv_buf_t bufs[VIEWS_PER_WRITE];
    size_t offered;
    unsigned count = to_bufs(bytes, bufs, VIEWS_PER_WRITE, affordable(*steps), &offered);
    int written = uv_try_write(&tcp->uv.stream, bufs, count);

    if (written > 0) {
        outbox_consume(bytes, (size_t)written);
        *steps -= written / STEP_NEW_BYTES;
    }
    return written;
}

/* Writes until all is written, the steps are used up, or the socket is full: UV_EAGAIN. Returns
 * libuv's error. */
static int write_now(struct tcp_stream *tcp, struct outbox *bytes, long *steps)
{
    int written;

    do {
        written = write_once(tcp, bytes, steps);
    } while (written > 0 && bytes->bytes > 0 && *steps > 0);
    return written < 0 ? written : 0;
}

static void free_backlog(struct tcp_stream *tcp)
{
    outbox_done(&tcp->backlog->bytes);
    memory_free(tcp->stream.memory, tcp->backlog, sizeof(*tcp->backlog));
    tcp->backlog = NULL;
}

static void on_written(uv_write_t *write, int status);

/* Has libuv write a small piece once the socket takes it: that is how a stream learns that its
 * socket is writable. Returns libuv's error. */
static int begin_write(struct tcp_stream *tcp)
{
    struct backlog *backlog = tcp->backlog;
    uv_buf_t buf;

    to_bufs(&backlog->bytes, &buf, 1, IN_FLIGHT_MAX, &backlog->in_flight);
    backlog->write.data = tcp;
    return uv_write(&backlog->write, &tcp->uv.stream, &buf, 1, on_written);
}

static void on_written(uv_write_t *write, int status)
{
    struct tcp_stream *tcp = write->data;
    struct backlog *backlog = tcp->backlog;

    if (uv_is_closing(&tcp->uv.handle))
        return;
    if (status) {
        end(tcp, status);
        return;
    }
    outbox_consume(&backlog->bytes, backlog->in_flight);
    backlog->in_flight = 0;
    if (backlog->bytes.bytes == 0)
        free_backlog(tcp);
    tcp->stream.events->written(tcp->stream.owner);
}

static bool is_writable(const struct tcp_stream *tcp)
{
    return tcp->backlog != NULL && tcp->backlog->in_flight == 0;
}

static int write_backlog(struct stream *stream, long *steps)
{
    struct tcp_stream *tcp = tcp_of(stream);
    struct backlog *backlog = tcp->backlog;
    int status;

    if (!is_writable(tcp))
        return 0;
    status = write_now(tcp, &backlog->bytes, steps);
    if (status == UV_EAGAIN)
        status = begin_write(tcp);
    else if (backlog->bytes.bytes == 0)
        free_backlog(tcp);
    return record_status(tcp, status);
}

/* TCPSTORE_ENOMEM. */
static int ensure_backlog(struct tcp_stream *tcp)
{
    struct backlog *backlog;

    if (tcp->backlog != NULL)
        return 0;
    backlog = memory_alloc(tcp->stream.memory, sizeof(*backlog));
    if (backlog == NULL)
        return TCPSTORE_ENOMEM;
    backlog->in_flight = 0;
    outbox_init(
        &backlog->bytes, tcp->stream.memory, BACKLOG_FILL, tcp->stream.limits->hard_cap);
    tcp->backlog = backlog;
    return 0;
}

/* TCPSTORE_ENOMEM, TCPSTORE_EOUTPUT. */
static int send_later(struct tcp_stream *tcp, struct outbox *bytes)
{
    int code = ensure_backlog(tcp);

    return code ? code : outbox_move(&tcp->backlog->bytes, bytes);
}

/* TCPSTORE_ENOMEM, TCPSTORE_EOUTPUT, TCPSTORE_ELOST. */
static int send_now(struct tcp_stream *tcp, struct outbox *bytes, long *steps)
{
    int status = write_now(tcp, bytes, steps);
    int code;

    if (status && status != UV_EAGAIN)
        return record_status(tcp, status);
    if (bytes->bytes == 0)
        return 0;
    code = send_later(tcp, bytes);
    if (code == 0 && status == UV_EAGAIN)
        code = record_status(tcp, begin_write(tcp));
    return code;
}

static int send_bytes(struct stream *stream, struct outbox *bytes, long *steps)
{
    struct tcp_stream *tcp = tcp_of(stream);
    int code = 0;

    if (bytes->bytes > 0)
        code = tcp->backlog == NULL ? send_now(tcp, bytes, steps) : send_later(tcp, bytes);
    outbox_clear(bytes);
    return code;
}

static bool is_full(const struct stream *stream)
{
    const struct tcp_stream *tcp = tcp_of(stream);

    return tcp->backlog != NULL && tcp->backlog->bytes.bytes >= tcp->stream.limits->high_water;
}

static bool can_write(const struct stream *stream)
{
    return is_writable(tcp_of(stream));
}

static bool has_backlog(const struct stream *stream)
{
    const struct tcp_stream *tcp = tcp_of(stream);

    return tcp->backlog != NULL;
}

/* What a Unix socket has sent is with its peer at once: it knows no SIOCOUTQNSD. */
static bool is_sending(const struct stream *stream)
{
    const struct tcp_stream *tcp = tcp_of(stream);
    int unsent = 0;

    ioctl(descriptor(tcp), SIOCOUTQNSD, &unsent);
    return tcp->backlog != NULL || unsent > 0;
}

static void shut_down(const struct stream *stream)
{
    const struct tcp_stream *tcp = tcp_of(stream);

    shutdown(descriptor(tcp), SHUT_WR);
}

static void on_closed(uv_handle_t *handle)
{
    struct tcp_stream *tcp = handle->data;

    tcp->stream.events->closed(tcp->stream.owner);
}

static void close_socket(struct stream *stream)
{
    struct tcp_stream *tcp = tcp_of(stream);

    uv_close(&tcp->uv.handle, on_closed);
}

static bool free_some(struct stream *stream, long *steps)
{
    struct tcp_stream *tcp = tcp_of(stream);

    if (tcp->backlog != NULL) {
        if (!outbox_drop(&tcp->backlog->bytes, steps))
            return false;
        free_backlog(tcp);
    }
    memory_free(tcp->stream.memory, tcp, sizeof(*tcp));
    return true;
}

static const struct stream_kind kind = {
    .send_steps = SOCKET_SEND_STEPS,
    .start_reading = start_reading,
    .stop_reading = stop_reading,
    .read = read_once,
    .send = send_bytes,
    .write = write_backlog,
    .peek = peek,
    .duplicate = duplicate,
    .can_write = can_write,
    .is_full = is_full,
    .has_backlog = has_backlog,
    .is_sending = is_sending,
    .shut_down = shut_down,
    .close = close_socket,
    .free = free_some,
};

int tcp_stream_open(
    uv_loop_t *loop, int fd, struct memory *memory, const struct stream_limits *limits,
    const struct stream_events *events, void *owner, struct stream **ret_stream)
{
    struct tcp_stream *tcp = allocate(loop, fd, memory);
    int status;

    if (tcp == NULL)
        return UV_ENOMEM;
    *tcp = (struct tcp_stream){
        .stream =
            {
                .kind = &kind,
                .memory = memory,
                .limits = limits,
                .events = events,
                .owner = owner,
            },
    };
    uv_tcp_init(loop, &tcp->uv.tcp);
    tcp->uv.handle.data = tcp;
    status = uv_tcp_open(&tcp->uv.tcp, fd);
    if (status) {
        uv_close(&tcp->uv.handle, on_discarded);
        return status;
    }
    *ret_stream = &tcp->stream;
    return 0;
}
