/*
 * Happy path: feed the client's session what its stream receives, send the replies, and notify
 * the clients that its requests have released.
 *
 * Failures: the client disconnects, breaks the protocol, hits a limit, does not read its
 * replies, or does not validate in time. Each disconnects this client, with a line in the log,
 * and no other. After a wrong request it still gets the replies to those before, as long as it
 * reads: it is `is_refused`, and what it sends is dropped. The reset of a client that is not
 * read, because its request takes turns, is noticed by the next write or at the end of that
 * request: neither memory nor the line is held for longer than the request takes anyway.
 */
#include "server/service.h"

#include "base/container.h"
#include "base/step.h"
#include "server/replies.h"

enum {
    REQUESTS_PER_STEP = 64, /* bytes: many more could not be executed in the same turn */
    ROOM_MIN = 4096,
};

/* Begins or goes on with the client's turn. Until `end`, `effects.steps` are left. Replies are
 * charged to the client's memory. */
static void begin(struct client *client)
{
    struct service *service = client->service;

    service->replies.memory = client->memory;
    service->effects.now = uv_now(service->loop);
    service->effects.steps = turn_begin(service->turns, &client->turn);
}

static void end(struct client *client)
{
    struct service *service = client->service;

    replies_notify(service);
    turn_end(service->turns, &client->turn, service->effects.steps);
}

static void stop_until_turn(struct client *client)
{
    client_set_state(client, CLIENT_STOPPED);
    client_ask_for_turn(client);
}

static bool needs_bytes(const struct client *client)
{
    return client->is_refused || client->session.stop == STOP_NEEDS_BYTES;
}

/* Others may wait for a request that has begun, whether its client reads or not. */
static bool is_full(const struct client *client)
{
    return stream_is_full(client->stream) && !session_must_go_on(&client->session);
}

/* Whether the client must read on in its next turn, because it has more than fits in this one.
 */
static bool reads_in_turn(const struct client *client)
{
    const struct service *service = client->service;

    return service->effects.steps <= 0 ||
           (client->has_more &&
            (turns_are_short(service->turns) || client->state == CLIENT_STOPPED));
}

/* Chooses between READING, PAUSED and STOPPED by what the client's next request waits for. */
static void settle(struct client *client)
{
    if (is_full(client))
        client_set_state(client, CLIENT_PAUSED);
    else if (needs_bytes(client) && !reads_in_turn(client))
        client_set_state(client, CLIENT_READING);
    else if (client->session.stop == STOP_PENDING)
        client_set_state(client, CLIENT_STOPPED);
    else
        stop_until_turn(client);
}

/* Whether the client still gets the replies to its requests before the refused one. */
static bool is_owed_replies(const struct client *client, const struct refusal *refusal)
{
    return refusal->code != TCPSTORE_ENOMEM && refusal->code != TCPSTORE_EOUTPUT &&
           stream_is_sending(client->stream);
}

static void restart_deadline(struct client *client)
{
    deadline_cancel(&client->deadline);
    deadlines_start(&client->service->deadlines, &client->deadline);
}

static void refuse(struct client *client)
{
    struct service *service = client->service;
    const struct refusal *refusal = &service->effects.refusal;

    client_log_refusal(client, refusal);
    if (!is_owed_replies(client, refusal)) {
        client_disconnect(client);
        return;
    }
    client->is_refused = true;
    restart_deadline(client);
    client_leave(client);
    settle(client);
    replies_continue(client);
}

/* Carries out the effects of what the session has executed. */
static void apply(struct client *client, enum stop stop)
{
    replies_send(client);
    if (client->state == CLIENT_CLOSING)
        return;
    if (client->session.validated)
        deadline_cancel(&client->deadline);
    if (stop == STOP_REFUSED)
        refuse(client);
    else
        settle(client);
}

static size_t room_max(struct client *client, size_t bytes_per_step)
{
    long steps = turn_begin(client->service->turns, &client->turn);
    size_t max = (size_t)(steps > 0 ? steps : 0) * bytes_per_step;

    return max < ROOM_MIN ? ROOM_MIN : max;
}

static struct room on_room(void *owner)
{
    struct client *client = owner;
    struct service *service = client->service;
    struct room room = session_room(service->engine, &client->session);
    size_t max = room_max(client, room.bytes == NULL ? REQUESTS_PER_STEP : STEP_NEW_BYTES);

    if (room.bytes == NULL)
        room = (struct room){service->read_buffer, READ_BUFFER_SIZE};
    if (room.len > max)
        room.len = max;
    client->room = room.len;
    return room;
}

/* In a short turn, only what arrives whole is executed: a longer request, however few bytes it
 * lacks, waits for a turn. */
static void begin_received(struct client *client, size_t len)
{
    struct service *service = client->service;
    bool is_short = turns_are_short(service->turns);

    begin(client);
    service->effects.steps -= (long)(len / STEP_NEW_BYTES);
    if (is_short && !input_is_empty(&client->session.input))
        service->effects.steps = 0;
    client->has_more = len == client->room;
}

static void feed(struct client *client, struct span bytes)
{
    struct service *service = client->service;
    struct effects *effects = &service->effects;

    while (bytes.len > 0 && client->state != CLIENT_CLOSING && !client->is_refused) {
        enum stop stop = session_feed(service->engine, &client->session, bytes, effects);

        bytes = span_last(bytes, effects->left);
        apply(client, stop);
    }
}

static void on_received(void *owner, struct span bytes)
{
    struct client *client = owner;
    struct service *service = client->service;
    struct effects *effects = &service->effects;

    begin_received(client, bytes.len);
    if (client->is_refused)
        settle(client);
    else if (bytes.bytes == service->read_buffer)
        feed(client, bytes);
    else
        apply(client, session_received(service->engine, &client->session, bytes.len, effects));
    end(client);
}

/* It sends no more, or the connection has failed. */
static void handle_end(struct client *client, int status)
{
    if (status != UV_EOF)
        client_disconnect_lost(client, status);
    else if (stream_has_backlog(client->stream))
        client_set_state(client, CLIENT_ENDING);
    else
        client_disconnect_ended(client);
}

/* Frees the client once its socket is closed and its session has left. */
static void finish(struct client *client)
{
    struct service *service = client->service;
    bool is_freed;

    begin(client);
    if (!client->has_left)
        client_leave(client);
    is_freed = client->has_left && client->is_closed &&
               stream_free(client->stream, &service->effects.steps);
    end(client);
    if (is_freed) {
        turn_cancel(&client->turn);
        service->gone(client);
    } else if (client->is_closed) {
        client_ask_for_turn(client);
    }
}

/* Does what the client's session waits for. Returns whether that is to read. */
static bool continue_session(struct client *client)
{
    struct service *service = client->service;
    struct session *session = &client->session;

    if (client->is_refused && !client->has_left)
        client_leave(client);
    if (client->state != CLIENT_PAUSED && client->state != CLIENT_STOPPED)
        return false;
    if (is_full(client))
        client_set_state(client, CLIENT_PAUSED);
    else if (needs_bytes(client))
        return true;
    else
        apply(client, session_continue(service->engine, session, &service->effects));
    return false;
}

static void read_now(struct client *client)
{
    client_set_state(client, CLIENT_STOPPED);
    if (!stream_read(client->stream)) {
        begin(client);
        client_set_state(client, CLIENT_READING);
        end(client);
    }
}

static void go_on(struct client *client)
{
    int ended = client->ended;
    bool reads = false;

    begin(client);
    client->ended = 0;
    if (ended)
        handle_end(client, ended);
    if (client->state != CLIENT_CLOSING)
        replies_continue(client);
    if (client->state != CLIENT_CLOSING)
        reads = continue_session(client);
    end(client);
    if (reads)
        read_now(client);
}

static void on_turn(struct turn *turn)
{
    struct client *client = CONTAINER_OF(turn, struct client, turn);

    if (client->state == CLIENT_CLOSING)
        finish(client);
    else
        go_on(client);
}

/* Goes on at once if the client has steps left, unless the others come first. */
static void go_on_soon(struct client *client)
{
    struct turns *turns = client->service->turns;

    if (turns_are_short(turns) || turn_begin(turns, &client->turn) <= 0)
        client_ask_for_turn(client);
    else
        go_on(client);
}

static void on_written(void *owner)
{
    struct client *client = owner;

    if (client->is_refused)
        restart_deadline(client);
    go_on_soon(client);
}

/* Clients that close make room for new ones, so they do not wait behind long requests. */
static void on_departures(struct turn *turn)
{
    struct service *service = CONTAINER_OF(turn, struct service, departures);

    while (!list_is_empty(&service->departed) && !turns_are_short(service->turns)) {
        struct client *client = CONTAINER_OF(service->departed.next, struct client, turn.link);

        list_remove(&client->turn.link);
        go_on(client);
    }
    if (!list_is_empty(&service->departed))
        turns_add_first(service->turns, turn);
}

static void on_ended(void *owner, int status)
{
    struct client *client = owner;
    struct service *service = client->service;

    client->ended = status;
    if (!turns_are_short(service->turns)) {
        go_on(client);
    } else if (!list_is_linked(&client->turn.link)) {
        list_append(&service->departed, &client->turn.link);
        turns_add_first(service->turns, &service->departures);
    }
}

/* Sends releases that are left. */
static void on_releases(struct turn *turn)
{
    struct service *service = CONTAINER_OF(turn, struct service, releases);

    service->replies.memory = &service->memories->serving;
    service->effects.steps = turn_begin(service->turns, turn);
    replies_notify(service);
    turn_end(service->turns, turn, service->effects.steps);
}

static void on_expired(struct deadline *deadline)
{
    struct client *client = CONTAINER_OF(deadline, struct client, deadline);

    begin(client);
    client_disconnect_failed(client, "VALIDATE", TCPSTORE_ETIMEDOUT);
    end(client);
}

static void on_closed(void *owner)
{
    struct client *client = owner;

    client->is_closed = true;
    finish(client);
}

int service_init(struct service *service, uint64_t timeout_ms)
{
    service->releases = (struct turn){.run = on_releases};
    service->departures = (struct turn){.run = on_departures};
    list_init(&service->departed);
    deadlines_init(&service->deadlines, service->loop, timeout_ms, on_expired);
    outbox_init(
        &service->replies, &service->memories->serving, READ_BUFFER_SIZE,
        service->stream_limits.hard_cap);
    effects_init(&service->effects, &service->replies);
    return outbox_prepare(&service->replies, READ_BUFFER_SIZE);
}

void service_close(struct service *service)
{
    deadlines_close(&service->deadlines);
}

void service_done(struct service *service)
{
    outbox_done(&service->replies);
}

int service_open(struct service *service, int fd, struct memory *memory, struct client *client)
{
    static const struct stream_events events = {
        .room = on_room,
        .received = on_received,
        .written = on_written,
        .ended = on_ended,
        .closed = on_closed,
    };
    struct stream *stream;
    int status = stream_open_tcp(
        service->loop, fd, memory, &service->stream_limits, &events, client, &stream);

    if (status)
        return status;
    *client = (struct client){
        .service = service,
        .stream = stream,
        .state = CLIENT_STOPPED,
        .turn.run = on_turn,
        .memory = memory,
    };
    engine_enter(&client->session, memory);
    return 0;
}

void service_start(struct client *client)
{
    deadlines_start(&client->service->deadlines, &client->deadline);
    begin(client);
    client_set_state(client, CLIENT_READING);
    end(client);
}

void service_end(struct client *client)
{
    if (client->state == CLIENT_CLOSING) {
        finish(client);
        return;
    }
    begin(client);
    client_disconnect(client);
    end(client);
}
