/*
 * Happy path: feed the client's session what its stream receives, send the replies, and notify
 * the clients that its requests have released.
 *
 * Failures: the client disconnects, breaks the protocol, hits a limit, does not read its
 * replies, or does not validate in time. Each disconnects this client, with a line in the log,
 * and no other. After a wrong request it still gets the replies to those before, as long as it
 * reads: it is `is_refused`, and what it sends is dropped.
 *
 * The states of a client:
 *
 *     READING   its stream reads, and its requests are executed
 *     PAUSED    its stream is full
 *     STOPPED   it goes on in its next turn, or once an answer is known
 *     ENDING    it sends no more; it is disconnected when all replies are written
 *     CLOSING   until its socket is closed, its session has left, and its backlog is freed
 *
 * READING, PAUSED and STOPPED change into one another: see settle. The stream reads in READING
 * only: see set_state.
 */
#include "server/client.h"

#include <stdio.h>

#include "base/container.h"
#include "server/refusal.h"

enum {
    SEND_STEPS = 64, /* for a release */
    CLOSE_STEPS = 64,
    BYTES_PER_STEP = 256, /* that are read */
    ROOM_PER_STEP = 64,   /* bytes: many more could not be executed in the same turn */
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
    turn_end(client->service->turns, &client->turn, client->service->effects.steps);
}

static void ask_for_turn(struct client *client)
{
    turns_add(client->service->turns, &client->turn);
}

static void leave(struct client *client)
{
    struct service *service = client->service;

    client->has_left = engine_leave(service->engine, &client->session, &service->effects);
    if (!client->has_left)
        ask_for_turn(client);
}

static void disconnect(struct client *client)
{
    client->service->effects.steps -= CLOSE_STEPS;
    deadline_cancel(&client->deadline);
    turn_cancel(&client->turn);
    client->state = CLIENT_CLOSING;
    stream_close(client->stream);
    if (!client->has_left)
        leave(client);
}

/* `words` give the details; `reason` is a static string, by which lines are limited. What
 * follows a refusal is not logged. */
static void log_closed(
    struct client *client, enum tcpstore_log_level level, const char *reason, const char *words)
{
    if (!client->is_refused)
        client_log_write(
            client->service->log, level, "client-closed", reason, &client->peer, "%s", words);
}

static void log_refusal(struct client *client, const struct refusal *refusal)
{
    char words[REFUSAL_MAX];

    log_closed(
        client, TCPSTORE_LOG_WARN, tcpstore_strerror(refusal->code),
        refusal_format(refusal, client->service->memories, words));
}

/* The client disconnected, as at the end of a job; the network did not fail. */
static bool is_departure(int status)
{
    return status == UV_ECONNRESET || status == UV_EPIPE || status == UV_ECONNABORTED;
}

static void disconnect_lost(struct client *client, int status)
{
    char words[REASON_MAX];

    snprintf(words, sizeof(words), "reason=\"%s\"", uv_strerror(status));
    log_closed(
        client, is_departure(status) ? TCPSTORE_LOG_DEBUG : TCPSTORE_LOG_INFO,
        uv_strerror(status), words);
    disconnect(client);
}

/* After a failure that no single request has caused. */
static void disconnect_failed(struct client *client, const char *operation, int code)
{
    struct refusal refusal = {.code = code, .operation = operation};

    if (code == TCPSTORE_ELOST) {
        disconnect_lost(client, stream_status(client->stream));
        return;
    }
    if (code == TCPSTORE_EOUTPUT)
        refusal.limit = client->service->stream_limits.hard_cap;
    log_refusal(client, &refusal);
    disconnect(client);
}

static void disconnect_ended(struct client *client)
{
    log_closed(client, TCPSTORE_LOG_DEBUG, NULL, "reason=\"closed by the client\"");
    disconnect(client);
}

static void set_state(struct client *client, enum client_state state)
{
    bool was_reading = client->state == CLIENT_READING;
    int code = 0;

    client->state = state;
    if (was_reading && state != CLIENT_READING)
        stream_stop_reading(client->stream);
    if (!was_reading && state == CLIENT_READING)
        code = stream_start_reading(client->stream);
    if (code)
        disconnect_failed(client, "receive", code);
}

static void stop_until_turn(struct client *client)
{
    set_state(client, CLIENT_STOPPED);
    ask_for_turn(client);
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

/* Chooses the state by what the client's next request waits for. */
static void settle(struct client *client)
{
    if (is_full(client))
        set_state(client, CLIENT_PAUSED);
    else if (needs_bytes(client) && !reads_in_turn(client))
        set_state(client, CLIENT_READING);
    else if (client->session.stop == STOP_PENDING)
        set_state(client, CLIENT_STOPPED);
    else
        stop_until_turn(client);
}

/* Sends what is in `replies` to the client. */
static void send_replies(struct client *client)
{
    struct service *service = client->service;
    int code = stream_send(client->stream, &service->replies, &service->effects.steps);

    if (code)
        disconnect_failed(client, "replies", code);
}

static void send_release(struct client *client)
{
    int code = engine_reply_released(&client->service->replies);

    client->service->effects.steps -= SEND_STEPS;
    if (code)
        disconnect_failed(client, "release", code);
    else
        send_replies(client);
    if (client->state == CLIENT_READING && stream_is_full(client->stream))
        set_state(client, CLIENT_PAUSED);
}

static struct client *client_of(struct session *session)
{
    return CONTAINER_OF(session, struct client, session);
}

/* Notifies the clients whose waits another client's requests have ended, while steps are left;
 * the others in the next iteration. */
static void send_releases(struct service *service)
{
    struct effects *effects = &service->effects;
    struct session *session;

    while (effects->steps > 0) {
        session = engine_take_released(effects);
        if (session == NULL)
            return;
        send_release(client_of(session));
    }
    if (!list_is_empty(&effects->released.waiters))
        turns_add_first(service->turns, &service->releases);
}

/* After each call of the engine: serves the clients for which it had consequences. */
static void serve_others(struct service *service)
{
    struct session *session;

    send_releases(service);
    while ((session = engine_take_ready(service->engine)) != NULL)
        ask_for_turn(client_of(session));
}

static void on_releases(struct turn *turn)
{
    struct service *service = CONTAINER_OF(turn, struct service, releases);

    service->replies.memory = &service->memories->serving;
    service->effects.steps = turn_begin(service->turns, turn);
    serve_others(service);
    turn_end(service->turns, turn, service->effects.steps);
}

/* Writes what is left of its replies. */
static void continue_writing(struct client *client)
{
    int code = stream_write(client->stream, &client->service->effects.steps);

    if (code)
        disconnect_failed(client, "replies", code);
    else if (client->state == CLIENT_ENDING && !stream_has_backlog(client->stream))
        disconnect_ended(client);
    else if (client->is_refused && !stream_has_backlog(client->stream))
        stream_shut_down(client->stream);
}

/* Whether the client is to get the replies to its requests before the refused one. */
static bool has_claims(const struct client *client, const struct refusal *refusal)
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

    log_refusal(client, refusal);
    if (!has_claims(client, refusal)) {
        disconnect(client);
        return;
    }
    client->is_refused = true;
    restart_deadline(client);
    leave(client);
    settle(client);
    continue_writing(client);
}

/* Carries out the effects of what the session has executed. */
static void apply(struct client *client, enum stop stop)
{
    send_replies(client);
    serve_others(client->service);
    if (client->state == CLIENT_CLOSING)
        return;
    if (client->session.validated)
        deadline_cancel(&client->deadline);
    if (stop == STOP_REFUSED)
        refuse(client);
    else
        settle(client);
}

static size_t room_max(struct client *client)
{
    long steps = turn_begin(client->service->turns, &client->turn);
    long min = ROOM_MIN / ROOM_PER_STEP;

    return (size_t)(steps < min ? min : steps) * ROOM_PER_STEP;
}

static struct room on_room(void *owner)
{
    struct client *client = owner;
    struct service *service = client->service;
    struct room room = session_room(service->engine, &client->session);
    size_t max = room_max(client);

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
    service->effects.steps -= (long)(len / BYTES_PER_STEP);
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
        disconnect_lost(client, status);
    else if (stream_has_backlog(client->stream))
        set_state(client, CLIENT_ENDING);
    else
        disconnect_ended(client);
}

/* Frees the client once its socket is closed and its session has left. */
static void finish(struct client *client)
{
    struct service *service = client->service;
    bool is_freed;

    begin(client);
    if (!client->has_left)
        leave(client);
    is_freed = client->has_left && client->is_closed &&
               stream_free(client->stream, &service->effects.steps);
    serve_others(service);
    end(client);
    if (is_freed) {
        turn_cancel(&client->turn);
        service->gone(client);
    } else if (client->is_closed) {
        ask_for_turn(client);
    }
}

/* Does what the client's session waits for. Returns whether that is to read. */
static bool continue_session(struct client *client)
{
    struct service *service = client->service;
    struct session *session = &client->session;

    if (client->is_refused && !client->has_left)
        leave(client);
    if (client->state != CLIENT_PAUSED && client->state != CLIENT_STOPPED)
        return false;
    if (is_full(client))
        set_state(client, CLIENT_PAUSED);
    else if (needs_bytes(client))
        return true;
    else
        apply(client, session_continue(service->engine, session, &service->effects));
    return false;
}

static void read_now(struct client *client)
{
    set_state(client, CLIENT_STOPPED);
    if (!stream_read(client->stream)) {
        begin(client);
        set_state(client, CLIENT_READING);
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
        continue_writing(client);
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
        ask_for_turn(client);
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

static void on_ended(void *owner, int status)
{
    struct client *client = owner;

    client->ended = status;
    client->state = CLIENT_STOPPED;
    go_on_soon(client);
}

static void on_expired(struct deadline *deadline)
{
    struct client *client = CONTAINER_OF(deadline, struct client, deadline);

    begin(client);
    disconnect_failed(client, "VALIDATE", TCPSTORE_ETIMEDOUT);
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

int client_open(struct service *service, int fd, struct memory *memory, struct client *client)
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

void client_start(struct client *client)
{
    deadlines_start(&client->service->deadlines, &client->deadline);
    begin(client);
    set_state(client, CLIENT_READING);
    end(client);
}

void client_close(struct client *client)
{
    if (client->state == CLIENT_CLOSING) {
        finish(client);
        return;
    }
    begin(client);
    disconnect(client);
    serve_others(client->service);
    end(client);
}
