#include "uplink/uplink_client.h"

#include <limits.h>
#include <string.h>

#include "base/container.h"
#include "trunk/opening.h"

/* Bytes to a client of another relay that make its stream full. That relay may tell only of
 * half a window, and the window is no larger. */
enum { HIGH_WATER = TRUNK_WINDOW };

static bool may_read(const struct uplink_client *client)
{
    return !client->has_left && !client->is_closing && client->up.sent < TRUNK_WINDOW &&
           (client->is_new || !outgoing_is_full(&client->shared->trunk.outgoing));
}

/* The store learns it, once. */
void uplink_client_tell_left(struct uplink_client *client)
{
    if (client->has_left)
        return;
    client->has_left = true;
    if (!client->is_known) {
        client->is_leaving = true;
        return;
    }
    trunk_add(&client->shared->trunk, client->number, ITEM_LEAVE, span_of(NULL, 0));
    client->shared->wake(client->shared);
}

/* So many bytes from the store have left the relay, or are dropped. */
static void acknowledge(struct uplink_client *client, size_t len)
{
    uint32_t taken = window_take(&client->down, len, client->shared->window);

    if (taken == 0 || client->is_leaving)
        return;
    trunk_tell_taken(&client->shared->trunk, client->number, taken);
    client->shared->wake(client->shared);
}

static void acknowledge_all(struct uplink_client *client)
{
    acknowledge(client, client->unwritten);
    client->unwritten = 0;
}

static void close_stream(struct uplink_client *client, const char *reason)
{
    if (client->is_closing)
        return;
    client->is_closing = true;
    asking_leave(&client->asker);
    deadline_cancel(&client->deadline);
    acknowledge_all(client);
    client->shared->left(client->shared, client, reason);
    stream_close(client->stream);
}

static void disconnect(struct uplink_client *client, const char *reason)
{
    uplink_client_tell_left(client);
    close_stream(client, reason);
}

static void check_gone(struct uplink_client *client)
{
    if (client->stream == NULL && client->is_leaving)
        client->shared->gone(client->shared, client);
}

void uplink_client_go_on(struct uplink_client *client)
{
    if (client->reads || !may_read(client))
        return;
    client->reads = true;
    if (stream_start_reading(client->stream))
        disconnect(client, uv_strerror(client->stream->status));
}

static void pause_if_full(struct uplink_client *client)
{
    if (!client->reads || may_read(client) || client->is_closing)
        return;
    client->reads = false;
    stream_stop_reading(client->stream);
}

/* Behind what is kept of its start. */
static struct room on_room(void *owner)
{
    const struct uplink_client *client = owner;
    size_t left = TRUNK_WINDOW - client->up.sent;
    size_t max = ITEM_BYTES_MAX - client->start_len;

    return (struct room){client->shared->buffer + client->start_len, left < max ? left : max};
}

/* TCPSTORE_ENOMEM. */
static int add_opening(
    struct uplink_client *client, enum item_kind kind, const struct opening *opening)
{
    uint8_t bytes[OPENING_MAX];
    size_t len = (size_t)(opening_put(bytes, opening) - bytes);
    const struct item item = {client->number, kind, span_of(bytes, len)};

    return outgoing_add(&client->shared->trunk.outgoing, &item);
}

/* What is known of a client that does not run on this host. The spans borrow `text`, and the
 * stream's process. */
static void describe(
    const struct uplink_client *client, char text[ADDRESS_TEXT_MAX], struct opening *opening)
{
    const struct remote_process *process = client->stream->process;

    if (process != NULL) {
        opening->rank = process->rank;
        opening->process = (uint32_t)process->pid;
        opening->host = remote_process_host(process);
        opening->program = remote_process_name(process);
    }
    if (opening->host.len > 0)
        return;
    address_format(&client->peer, text);
    opening->host = span_of(text, (size_t)(strrchr(text, ':') - text));
}

/* TCPSTORE_ENOMEM. */
static int open_at_store(struct uplink_client *client)
{
    struct opening opening = {
        .port = address_port(&client->peer),
        .rank = -1,
        .store = span_of(client->port->store, strlen(client->port->store)),
    };
    char text[ADDRESS_TEXT_MAX];
    int code;

    if (!client->is_local)
        describe(client, text, &opening);
    code = add_opening(client, ITEM_OPEN, &opening);
    client->is_known = code == 0;
    client->port = NULL;
    return code;
}

static void send_up(struct uplink_client *client, struct span bytes)
{
    const struct item item = {client->number, ITEM_BYTES, bytes};

    if (outgoing_add(&client->shared->trunk.outgoing, &item)) {
        disconnect(client, "out of memory");
        return;
    }
    window_send(&client->up, bytes.len);
    client->shared->wake(client->shared);
    pause_if_full(client);
}

static void send_request(struct asker *asker, struct span bytes)
{
    struct uplink_client *client = CONTAINER_OF(asker, struct uplink_client, asker);

    if (!client->has_left)
        send_up(client, bytes);
}

/* It has not taken all that it was sent. */
static bool is_behind(const struct uplink_client *client)
{
    return stream_has_backlog(client->stream) || stream_is_full(client->stream);
}

static void take_request(struct uplink_client *client, struct span bytes)
{
    bool may_share = client->is_speaking && !is_behind(client);

    asking_sent(&client->shared->asking, &client->asker, bytes, may_share);
}

static void leave_to_http(struct uplink_client *client, struct span begun)
{
    client->reads = false;
    stream_stop_reading(client->stream);
    if (!client->shared->serve_http(client->shared, client, begun)) {
        disconnect(client, "HTTP finds no memory or descriptor for it");
        return;
    }
    client->stream = NULL;
    uplink_client_tell_left(client);
    client->shared->left(client->shared, client, "the relay serves it HTTP");
    check_gone(client);
}

static void follow(struct uplink_client *client, enum uplink_course course, struct span begun)
{
    deadline_cancel(&client->deadline);
    client->is_new = false;
    client->start_len = 0;
    if (course == COURSE_NONE)
        disconnect(client, "it is refused");
    else if (course == COURSE_RELAY)
        leave_to_http(client, begun);
    else if (open_at_store(client))
        disconnect(client, "out of memory");
    else
        take_request(client, begun);
}

/* What was kept of its start is put before what has come. */
static void begin(struct uplink_client *client, struct span bytes)
{
    uint8_t *buffer = client->shared->buffer;
    struct span begun = span_of(buffer, client->start_len + bytes.len);
    enum arrival arrival;

    memcpy(buffer, client->start, client->start_len);
    arrival = arrival_read(begun);
    if (arrival != ARRIVAL_UNCLEAR) {
        follow(client, client->shared->begun(client->shared, client, arrival), begun);
        return;
    }
    memcpy(client->start, begun.bytes, begun.len);
    client->start_len = begun.len;
}

static void on_received(void *owner, struct span bytes)
{
    struct uplink_client *client = owner;

    if (client->has_left)
        return;
    if (client->is_new)
        begin(client, bytes);
    else
        take_request(client, bytes);
}

/* The stream is not behind. */
static void note_written(struct uplink_client *client)
{
    acknowledge_all(client);
    if (client->is_leaving)
        close_stream(client, "the store has disconnected it");
}

static void restart_deadline(struct uplink_client *client)
{
    deadline_cancel(&client->deadline);
    deadlines_start(&client->shared->deadlines, &client->deadline);
}

static void on_written(void *owner)
{
    struct uplink_client *client = owner;
    long steps = LONG_MAX;

    if (stream_write(client->stream, &steps))
        disconnect(client, uv_strerror(client->stream->status));
    else if (!is_behind(client))
        note_written(client);
    else if (client->is_leaving)
        restart_deadline(client);
}

static void on_ended(void *owner, int status)
{
    struct uplink_client *client = owner;

    client->reads = false;
    if (status == UV_EOF && client->is_known) {
        asking_finish(&client->asker);
        uplink_client_tell_left(client); /* it is closed when the store has sent all */
    } else if (status == UV_EOF)
        disconnect(client, "closed by the client");
    else
        disconnect(client, uv_strerror(status));
}

static void on_closed(void *owner)
{
    struct uplink_client *client = owner;
    long steps = LONG_MAX;

    stream_free(client->stream, &steps);
    client->stream = NULL;
    check_gone(client);
}

/* Without memory, the store does not learn it. */
static void tell_about(struct uplink_client *client, const struct opening *opening)
{
    if (client->is_known && !client->has_left && add_opening(client, ITEM_ABOUT, opening) == 0)
        client->shared->wake(client->shared);
}

static void on_identified(void *owner)
{
    struct uplink_client *client = owner;
    struct opening opening = {.port = address_port(&client->peer)};
    char text[ADDRESS_TEXT_MAX];

    describe(client, text, &opening);
    tell_about(client, &opening);
}

void uplink_client_tell_about(struct uplink_client *client, const struct process *process)
{
    const struct opening opening = {
        .port = address_port(&client->peer),
        .rank = process->rank,
        .process = (uint32_t)process->pid,
        .program = span_of(process->name, strlen(process->name)),
    };

    tell_about(client, &opening);
}

void uplink_client_open(
    struct uplink_client *client, struct uplink_shared *shared, struct stream *stream,
    uint32_t number, const union address *peer, bool is_local, const struct uplink_port *port)
{
    static const struct stream_limits limits = {HIGH_WATER, SIZE_MAX};
    static const struct stream_events events = {on_room,  on_received, on_written,
                                                on_ended, on_closed,   on_identified};

    *client = (struct uplink_client){
        .shared = shared,
        .stream = stream,
        .number = number,
        .peer = *peer,
        .is_local = is_local,
        .port = port,
        .connected_to = port->number,
        .is_new = true};
    asking_enter(&client->asker, port->number);
    stream_set_owner(stream, &limits, &events, client);
    deadlines_start(&shared->beginning, &client->deadline);
    uplink_client_go_on(client);
}

/* False: memory is refused. */
static bool send_copy(struct uplink_client *client, struct span bytes)
{
    struct memory *memory = client->shared->memory;
    struct outbox outbox;
    struct reserved reserved;
    long steps = LONG_MAX;
    bool is_sent;

    outbox_init(&outbox, memory, bytes.len, SIZE_MAX);
    reserved = outbox_reserve(&outbox, bytes.len);
    is_sent = reserved.error == 0;
    if (is_sent) {
        span_copy(reserved.bytes, bytes);
        is_sent = stream_send(client->stream, &outbox, &steps) == 0;
    }
    outbox_done(&outbox);
    return is_sent;
}

void uplink_client_deliver(struct uplink_client *client, struct span bytes)
{
    if (client->is_closing) {
        acknowledge(client, bytes.len);
        return;
    }
    client->unwritten += bytes.len;
    if (bytes.len > 0 && !send_copy(client, bytes))
        disconnect(client, "its replies cannot be sent");
    else if (!is_behind(client))
        note_written(client);
    asking_given(&client->asker, bytes);
}

static void send_answer(struct asker *asker, struct span bytes)
{
    struct uplink_client *client = CONTAINER_OF(asker, struct uplink_client, asker);

    if (!send_copy(client, bytes))
        disconnect(client, "its replies cannot be sent");
}

const struct asking_events uplink_client_asking = {send_request, send_answer};

bool uplink_client_told(struct uplink_client *client, uint32_t taken)
{
    if (!window_told(&client->up, taken))
        return false;
    uplink_client_go_on(client);
    return true;
}

void uplink_client_leave(struct uplink_client *client)
{
    client->is_leaving = true;
    asking_leave(&client->asker);
    uplink_client_tell_left(client);
    if (client->stream == NULL) {
        check_gone(client);
        return;
    }
    pause_if_full(client); /* what it sends from now on goes nowhere */
    if (stream_has_backlog(client->stream))
        restart_deadline(client);
    else
        close_stream(client, "the store has disconnected it");
}

void uplink_client_expire(struct uplink_client *client)
{
    if (client->is_new)
        disconnect(client, "it has not sent anything in time");
    else
        close_stream(client, "it has not read what is left in time");
}

void uplink_client_drop(struct uplink_client *client, const char *reason)
{
    client->has_left = true;
    client->is_leaving = true;
    close_stream(client, reason);
    check_gone(client);
}
