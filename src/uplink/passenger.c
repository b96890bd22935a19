#include "uplink/passenger.h"

#include <limits.h>

#include "base/bytes.h"
#include "server/tcp_stream.h"
#include "trunk/opening.h"

/* An item of a few bytes, which must not be lost. */
static void add_item(struct passenger *passenger, enum item_kind kind, struct span bytes)
{
    const struct item item = {passenger->number, kind, bytes};

    if (outgoing_add(&passenger->cabin->trunk.outgoing, &item))
        passenger->cabin->has_failed = true;
    passenger->cabin->wake(passenger->cabin);
}

static bool may_read(const struct passenger *passenger)
{
    return !passenger->has_left && !passenger->is_closing &&
           passenger->up.sent < TRUNK_WINDOW &&
           !outgoing_is_full(&passenger->cabin->trunk.outgoing);
}

/* The store learns it, once. */
void passenger_say_goodbye(struct passenger *passenger)
{
    if (passenger->has_left)
        return;
    passenger->has_left = true;
    add_item(passenger, ITEM_LEAVE, span_of(NULL, 0));
}

/* So many bytes from the store have left the relay, or are dropped. */
static void acknowledge(struct passenger *passenger, size_t len)
{
    uint32_t taken = window_take(&passenger->down, len, passenger->cabin->window);
    uint8_t bytes[sizeof(taken)];

    if (taken == 0 || passenger->is_leaving)
        return;
    bytes_put_u32(bytes, taken);
    add_item(passenger, ITEM_TAKEN, span_of(bytes, sizeof(bytes)));
}

static void acknowledge_all(struct passenger *passenger)
{
    acknowledge(passenger, passenger->unwritten);
    passenger->unwritten = 0;
}

static void close_stream(struct passenger *passenger, const char *reason)
{
    if (passenger->is_closing)
        return;
    passenger->is_closing = true;
    deadline_cancel(&passenger->deadline);
    acknowledge_all(passenger);
    passenger->cabin->left(passenger->cabin, passenger, reason);
    stream_close(passenger->stream);
}

static void disconnect(struct passenger *passenger, const char *reason)
{
    passenger_say_goodbye(passenger);
    close_stream(passenger, reason);
}

static void check_gone(struct passenger *passenger)
{
    if (passenger->stream == NULL && passenger->is_leaving)
        passenger->cabin->gone(passenger->cabin, passenger);
}

void passenger_go_on(struct passenger *passenger)
{
    if (passenger->reads || !may_read(passenger))
        return;
    passenger->reads = true;
    if (stream_start_reading(passenger->stream))
        disconnect(passenger, uv_strerror(passenger->stream->status));
}

static void pause_if_full(struct passenger *passenger)
{
    if (!passenger->reads || may_read(passenger) || passenger->is_closing)
        return;
    passenger->reads = false;
    stream_stop_reading(passenger->stream);
}

static struct room on_room(void *owner)
{
    const struct passenger *passenger = owner;
    size_t left = TRUNK_WINDOW - passenger->up.sent;

    return (struct room){
        passenger->cabin->buffer, left < ITEM_BYTES_MAX ? left : ITEM_BYTES_MAX};
}

static void on_received(void *owner, struct span bytes)
{
    struct passenger *passenger = owner;
    const struct item item = {passenger->number, ITEM_BYTES, bytes};

    if (passenger->has_left)
        return;
    if (outgoing_add(&passenger->cabin->trunk.outgoing, &item)) {
        disconnect(passenger, "out of memory");
        return;
    }
    window_send(&passenger->up, bytes.len);
    passenger->cabin->wake(passenger->cabin);
    pause_if_full(passenger);
}

/* The stream has written all that it was given. */
static void note_written(struct passenger *passenger)
{
    acknowledge_all(passenger);
    if (passenger->is_leaving)
        close_stream(passenger, "the store has disconnected it");
}

static void restart_deadline(struct passenger *passenger)
{
    deadline_cancel(&passenger->deadline);
    deadlines_start(&passenger->cabin->deadlines, &passenger->deadline);
}

static void on_written(void *owner)
{
    struct passenger *passenger = owner;
    long steps = LONG_MAX;

    if (stream_write(passenger->stream, &steps))
        disconnect(passenger, uv_strerror(passenger->stream->status));
    else if (!stream_has_backlog(passenger->stream))
        note_written(passenger);
    else if (passenger->is_leaving)
        restart_deadline(passenger);
}

static void on_ended(void *owner, int status)
{
    struct passenger *passenger = owner;

    passenger->reads = false;
    if (status == UV_EOF) /* it may still read: it is closed when the store has sent all */
        passenger_say_goodbye(passenger);
    else
        disconnect(passenger, uv_strerror(status));
}

static void on_closed(void *owner)
{
    struct passenger *passenger = owner;
    long steps = LONG_MAX;

    stream_free(passenger->stream, &steps);
    passenger->stream = NULL;
    check_gone(passenger);
}

/* TCPSTORE_ENOMEM. */
static int open_at_store(struct passenger *passenger)
{
    const struct opening opening = {.port = address_port(&passenger->peer), .rank = -1};
    uint8_t bytes[OPENING_MAX];
    size_t len = (size_t)(opening_put(bytes, &opening) - bytes);
    const struct item item = {passenger->number, ITEM_OPEN, span_of(bytes, len)};

    return outgoing_add(&passenger->cabin->trunk.outgoing, &item);
}

int passenger_board(
    struct passenger *passenger, struct cabin *cabin, uv_loop_t *loop, int fd, uint32_t number,
    const union address *peer)
{
    static const struct stream_limits limits = {SIZE_MAX, SIZE_MAX};
    static const struct stream_events events = {
        on_room, on_received, on_written, on_ended, on_closed};
    int status;

    *passenger = (struct passenger){.cabin = cabin, .number = number, .peer = *peer};
    status = tcp_stream_open(
        loop, fd, cabin->memory, &limits, &events, passenger, &passenger->stream);
    if (status)
        return status;
    if (open_at_store(passenger)) {
        passenger_eject(passenger, "out of memory");
        return 0;
    }
    cabin->wake(cabin);
    passenger_go_on(passenger);
    return 0;
}

/* False: memory is refused. */
static bool send_copy(struct passenger *passenger, struct span bytes)
{
    struct memory *memory = passenger->cabin->memory;
    struct outbox outbox;
    struct reserved reserved;
    long steps = LONG_MAX;
    bool is_sent;

    outbox_init(&outbox, memory, bytes.len, SIZE_MAX);
    reserved = outbox_reserve(&outbox, bytes.len);
    is_sent = reserved.error == 0;
    if (is_sent) {
        span_copy(reserved.bytes, bytes);
        is_sent = stream_send(passenger->stream, &outbox, &steps) == 0;
    }
    outbox_done(&outbox);
    return is_sent;
}

void passenger_deliver(struct passenger *passenger, struct span bytes)
{
    if (passenger->is_closing) {
        acknowledge(passenger, bytes.len);
        return;
    }
    passenger->unwritten += bytes.len;
    if (bytes.len > 0 && !send_copy(passenger, bytes))
        disconnect(passenger, "its replies cannot be sent");
    else if (!stream_has_backlog(passenger->stream))
        note_written(passenger);
}

bool passenger_told(struct passenger *passenger, uint32_t taken)
{
    if (!window_told(&passenger->up, taken))
        return false;
    passenger_go_on(passenger);
    return true;
}

void passenger_leave(struct passenger *passenger)
{
    passenger->is_leaving = true;
    passenger_say_goodbye(passenger);
    if (passenger->stream == NULL) {
        check_gone(passenger);
        return;
    }
    pause_if_full(passenger); /* what it sends from now on goes nowhere */
    if (stream_has_backlog(passenger->stream))
        restart_deadline(passenger);
    else
        close_stream(passenger, "the store has disconnected it");
}

void passenger_expire(struct passenger *passenger)
{
    close_stream(passenger, "it has not read what is left in time");
}

void passenger_eject(struct passenger *passenger, const char *reason)
{
    passenger->has_left = true;
    passenger->is_leaving = true;
    close_stream(passenger, reason);
    check_gone(passenger);
}
