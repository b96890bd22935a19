/*
 * Happy path: what the client sends goes to the server, and what the server sends to the
 * client. The server closes its end; when the client has been sent all, it is disconnected.
 *
 * Failures: the client sends no more: the server learns it, and may still answer. The server
 * reads no more: what the client sends is not read, but the answer goes out. The client's
 * connection fails, or memory is refused: both ends are closed.
 */
#include "server/bridge.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/container.h"
#include "server/descriptors.h"
#include "server/tcp_stream.h"

enum {
    /* Bytes to a client that make it full. A client of a relay may tell only of half a window,
     * and the window is no larger: see trunk/window.h. */
    HIGH_WATER = 256 << 10,
    NEAR_HIGH_WATER = 64 << 10, /* bytes to the server, which reads at most a request */
};

struct bridge {
    struct list link;
    struct bridges *bridges;
    struct memory *memory;
    struct stream *far;  /* the client's; NULL: it is freed */
    struct stream *near; /* on our end of the pair; NULL: likewise */
    struct stream_limits far_limits;
    bool reads_far;
    bool reads_near;
    bool far_has_ended; /* the client sends no more */
    bool near_has_ended;
    bool is_near_deaf; /* the server reads no more */
    bool is_near_told; /* that the client sends no more */
    bool is_closing;
};

static void close_both(struct bridge *bridge)
{
    if (bridge->is_closing)
        return;
    bridge->is_closing = true;
    stream_close(bridge->far);
    stream_close(bridge->near);
}

/* False: memory is refused, or the stream has failed. */
static bool send_copy(struct bridge *bridge, struct stream *stream, struct span bytes)
{
    struct outbox outbox;
    struct reserved reserved;
    long steps = LONG_MAX;
    bool is_sent;

    outbox_init(&outbox, bridge->memory, bytes.len, SIZE_MAX);
    reserved = outbox_reserve(&outbox, bytes.len);
    is_sent = reserved.error == 0;
    if (is_sent) {
        span_copy(reserved.bytes, bytes);
        is_sent = stream_send(stream, &outbox, &steps) == 0;
    }
    outbox_done(&outbox);
    return is_sent;
}

static bool write_backlog(struct stream *stream)
{
    long steps = LONG_MAX;

    return stream_write(stream, &steps) == 0;
}

/* False: the stream has failed. */
static bool set_reading(struct stream *stream, bool *reads, bool wanted)
{
    if (*reads == wanted)
        return true;
    *reads = wanted;
    if (wanted)
        return stream_start_reading(stream) == 0;
    stream_stop_reading(stream);
    return true;
}

static bool wants_far(const struct bridge *bridge)
{
    return !bridge->far_has_ended && !bridge->near_has_ended && !bridge->is_near_deaf &&
           !stream_is_full(bridge->near);
}

static bool wants_near(const struct bridge *bridge)
{
    return !bridge->near_has_ended && !stream_is_full(bridge->far);
}

static void tell_near_of_end(struct bridge *bridge)
{
    if (!bridge->far_has_ended || bridge->is_near_told || stream_has_backlog(bridge->near))
        return;
    bridge->is_near_told = true;
    stream_shut_down(bridge->near);
}

/* Does what follows from what either side has sent, taken or ended. */
static void go_on(struct bridge *bridge)
{
    if (bridge->is_closing)
        return;
    if (bridge->near_has_ended && !stream_has_backlog(bridge->far))
        close_both(bridge);
    else if (
        !set_reading(bridge->far, &bridge->reads_far, wants_far(bridge)) ||
        !set_reading(bridge->near, &bridge->reads_near, wants_near(bridge)))
        close_both(bridge);
    else
        tell_near_of_end(bridge);
}

static struct room on_room(void *owner)
{
    struct bridge *bridge = owner;

    return (struct room){bridge->bridges->buffer, BRIDGE_BUFFER_SIZE};
}

static void on_far_received(void *owner, struct span bytes)
{
    struct bridge *bridge = owner;

    if (!send_copy(bridge, bridge->near, bytes))
        bridge->is_near_deaf = true;
    go_on(bridge);
}

static void on_near_received(void *owner, struct span bytes)
{
    struct bridge *bridge = owner;

    if (send_copy(bridge, bridge->far, bytes))
        go_on(bridge);
    else
        close_both(bridge);
}

static void on_far_written(void *owner)
{
    struct bridge *bridge = owner;

    if (write_backlog(bridge->far))
        go_on(bridge);
    else
        close_both(bridge);
}

static void on_near_written(void *owner)
{
    struct bridge *bridge = owner;

    if (!write_backlog(bridge->near))
        bridge->is_near_deaf = true;
    go_on(bridge);
}

static void on_far_ended(void *owner, int status)
{
    struct bridge *bridge = owner;

    bridge->reads_far = false;
    bridge->far_has_ended = true;
    if (status == UV_EOF)
        go_on(bridge);
    else
        close_both(bridge);
}

/* Whatever the status: a server that does not read all resets the connection, and what it has
 * sent before is read first. */
static void on_near_ended(void *owner, int status)
{
    struct bridge *bridge = owner;

    (void)status;
    bridge->reads_near = false;
    bridge->near_has_ended = true;
    go_on(bridge);
}

static void free_stream(struct bridge *bridge, struct stream **stream)
{
    long steps = LONG_MAX;

    stream_free(*stream, &steps);
    *stream = NULL;
    if (bridge->far != NULL || bridge->near != NULL)
        return;
    list_remove(&bridge->link);
    memory_free(bridge->memory, bridge, sizeof(*bridge));
}

static void on_far_closed(void *owner)
{
    struct bridge *bridge = owner;

    free_stream(bridge, &bridge->far);
}

static void on_near_closed(void *owner)
{
    struct bridge *bridge = owner;

    free_stream(bridge, &bridge->near);
}

/* Both are above 2. Returns libuv's error. */
static int open_pair(int ret_fds[2])
{
    struct held_descriptors held;
    int status;

    descriptors_hold(&held);
    status = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ret_fds);
    if (status)
        status = uv_translate_sys_error(errno);
    descriptors_release(&held);
    return status;
}

/* Returns libuv's error: then `fd` is closed. */
static int open_near(struct bridge *bridge, int fd)
{
    static const struct stream_limits limits = {NEAR_HIGH_WATER, SIZE_MAX};
    static const struct stream_events events = {
        on_room, on_near_received, on_near_written, on_near_ended, on_near_closed, NULL};
    int status = tcp_stream_open(
        bridge->bridges->loop, fd, bridge->memory, &limits, &events, bridge, &bridge->near);

    if (status)
        close(fd);
    return status;
}

static void take_over(struct bridge *bridge, struct stream *stream)
{
    static const struct stream_events events = {on_room,      on_far_received, on_far_written,
                                                on_far_ended, on_far_closed,   NULL};
    size_t high_water = stream->limits->high_water;

    bridge->far = stream;
    bridge->far_limits = (struct stream_limits){
        .high_water = high_water < HIGH_WATER ? high_water : HIGH_WATER,
        .hard_cap = SIZE_MAX, /* no more is sent than is read at once */
    };
    stream_set_owner(stream, &bridge->far_limits, &events, bridge);
}

void bridges_init(struct bridges *bridges, uv_loop_t *loop)
{
    bridges->loop = loop;
    list_init(&bridges->open);
}

int bridge_open(struct bridges *bridges, struct stream *stream, struct span begun)
{
    struct memory *memory = stream->memory;
    struct bridge *bridge = memory_alloc(memory, sizeof(*bridge));
    int fds[2];
    int status = bridge == NULL ? UV_ENOMEM : open_pair(fds);

    if (status == 0) {
        *bridge = (struct bridge){.bridges = bridges, .memory = memory};
        status = open_near(bridge, fds[0]);
        if (status)
            close(fds[1]);
    }
    if (status) {
        if (bridge != NULL)
            memory_free(memory, bridge, sizeof(*bridge));
        return status;
    }
    list_append(&bridges->open, &bridge->link);
    take_over(bridge, stream);
    if (begun.len > 0)
        on_far_received(bridge, begun);
    else
        go_on(bridge);
    return fds[1];
}

void bridges_close(struct bridges *bridges)
{
    struct list *link, *next;

    if (bridges->loop == NULL)
        return;
    for (link = bridges->open.next; link != &bridges->open; link = next) {
        next = link->next;
        close_both(CONTAINER_OF(link, struct bridge, link));
    }
}
