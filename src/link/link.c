#include "link/link.h"

#include <limits.h>

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
        break_off(link, stream_reason(link->stream, link->stream->status));
    else if (!stream_has_backlog(link->stream))
        link->events->writable(link);
}

static void on_ended(void *owner, int status)
{
    struct link *link = owner;

    break_off(
        link, status == UV_EOF ? "the other end has closed the connection"
                               : stream_reason(link->stream, status));
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

void link_open(
    struct link *link, struct stream *stream, struct memory *memory, uint8_t *buffer,
    const struct link_events *events)
{
    static const struct stream_limits limits = {LINK_BUFFER_SIZE, SIZE_MAX};
    static const struct stream_events stream_events = {on_room,  on_received, on_written,
                                                       on_ended, on_closed,   NULL};

    *link = (struct link){.stream = stream, .events = events, .buffer = buffer};
    stream_set_owner(stream, &limits, &stream_events, link);
    reader_init(&link->reader, memory, LINK_FRAME_MAX);
    outbox_init(&link->writing, memory, LINK_BUFFER_SIZE, SIZE_MAX);
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
