#include "link/link.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/container.h"
#include "server/tcp_stream.h"

enum { SILENCE_S = 15 /* of the other end's kernel: then the link is broken */ };

static struct room on_room(void *owner)
{
    struct link *link = owner;

    return (struct room){link->buffer, LINK_BUFFER_SIZE};
}

static void break_off(struct link *link, const char *reason)
{
    if (!link->is_closing)
        link->events->broken(link, reason);
}

static void on_received(void *owner, struct span bytes)
{
    struct link *link = owner;
    enum reader_result result;
    struct frame frame;

    while ((result = reader_take(&link->reader, &bytes, &frame)) == READER_FRAME) {
        link->events->frame(link, &frame);
        if (link->is_closing)
            return;
    }
    if (result == READER_BAD)
        break_off(link, "what it sends is no frame of a trunk");
    else if (result == READER_NO_MEMORY)
        break_off(link, "out of memory for a frame");
}

static void on_written(void *owner)
{
    struct link *link = owner;
    long steps = LONG_MAX;

    if (stream_write(link->stream, &steps))
        break_off(link, uv_strerror(link->stream->status));
    else if (!stream_has_backlog(link->stream))
        link->events->writable(link);
}

static void on_ended(void *owner, int status)
{
    struct link *link = owner;

    break_off(
        link,
        status == UV_EOF ? "the other end has closed the connection" : uv_strerror(status));
}

static void on_closed(void *owner)
{
    struct link *link = owner;
    long steps = LONG_MAX;

    stream_free(link->stream, &steps);
    reader_done(&link->reader);
    outbox_done(&link->writing);
    link->events->closed(link);
}

static void set_option(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof(value));
}

/* A cable that is pulled tells nothing; the kernel asks, and gives up. */
static void notice_silence(int fd)
{
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, SILENCE_S / 3);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, SILENCE_S / 3);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, SILENCE_S * 1000);
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

int link_open(
    struct link *link, uv_loop_t *loop, int fd, struct memory *memory, uint8_t *buffer,
    const struct link_events *events)
{
    static const struct stream_limits limits = {LINK_BUFFER_SIZE, SIZE_MAX};
    static const struct stream_events stream_events = {
        on_room, on_received, on_written, on_ended, on_closed};
    int status;

    *link = (struct link){.events = events, .buffer = buffer};
    notice_silence(fd);
    status = tcp_stream_open(loop, fd, memory, &limits, &stream_events, link, &link->stream);
    if (status)
        return status;
    reader_init(&link->reader, memory, LINK_FRAME_MAX);
    outbox_init(&link->writing, memory, LINK_BUFFER_SIZE, SIZE_MAX);
    return 0;
}

bool link_start(struct link *link)
{
    return stream_start_reading(link->stream) == 0;
}

/* False: memory is refused. */
static bool add(struct link *link, struct span bytes)
{
    struct reserved reserved = outbox_reserve(&link->writing, bytes.len);

    if (reserved.error == 0)
        span_copy(reserved.bytes, bytes);
    return reserved.error == 0;
}

static bool send_added(struct link *link)
{
    long steps = LONG_MAX;

    return stream_send(link->stream, &link->writing, &steps) == 0;
}

bool link_greet(struct link *link, struct span frame)
{
    return add(link, frame) && send_added(link);
}

bool link_pump(struct link *link, struct outgoing *outgoing, uint64_t received)
{
    while (!stream_has_backlog(link->stream)) {
        struct span bytes;

        while (link->writing.bytes < LINK_BUFFER_SIZE &&
               (bytes = outgoing_next(outgoing, received)).len > 0) {
            if (!add(link, bytes))
                return false;
            outgoing_sent(outgoing, bytes.len);
        }
        if (link->writing.bytes == 0)
            return true;
        if (!send_added(link))
            return false;
    }
    return true;
}

void link_close(struct link *link)
{
    if (link->is_closing)
        return;
    link->is_closing = true;
    stream_close(link->stream);
}
