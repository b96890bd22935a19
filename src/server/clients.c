/*
 * Happy path: feed a client's session what its stream receives, send the replies, and notify
 * the clients that its requests have released.
 *
 * Failures: the client disconnects, breaks the protocol, hits a limit, does not read its
 * replies, or does not validate in time. Each disconnects this client, with a line in the log,
 * and no other.
 *
 * The states of a client:
 *
 *     READING   its stream reads, and its requests are executed
 *     PAUSED    its stream is full
 *     STOPPED   its session continues in its next turn, or once an answer is known
 *     ENDING    it sends no more; it is disconnected when all replies are written
 *     CLOSING   until libuv has closed the socket
 *
 * READING, PAUSED and STOPPED change into one another: see settle. The stream reads in READING
 * only: see set_state. A turn waits in STOPPED only.
 */
#include "server/clients.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/container.h"
#include "server/refusal.h"

enum client_state {
    CLIENT_READING,
    CLIENT_PAUSED,
    CLIENT_STOPPED,
    CLIENT_ENDING,
    CLIENT_CLOSING,
};

struct client {
    struct stream *stream;
    struct session session;
    struct clients *clients;
    enum client_state state;
    struct list link;
    struct turn turn;
    struct deadline deadline;
    union address peer;
    struct memory *memory; /* with the reserve for this host, or without */
    bool is_guest;         /* beyond the limit */
};

static void disconnect(struct client *client)
{
    engine_leave(client->clients->config.engine, &client->session, &client->clients->effects);
    list_remove(&client->link);
    deadline_cancel(&client->deadline);
    turn_cancel(&client->turn);
    client->state = CLIENT_CLOSING;
    stream_close(client->stream);
}

/* `words` give the details; `reason` is a static string, by which lines are limited. */
static void log_and_disconnect(
    struct client *client, enum tcpstore_log_level level, const char *reason, const char *words)
{
    client_log_write(
        client->clients->config.log, level, "client-closed", reason, &client->peer, "%s",
        words);
    disconnect(client);
}

static void disconnect_refused(struct client *client, const struct refusal *refusal)
{
    char words[REFUSAL_MAX];

    log_and_disconnect(
        client, TCPSTORE_LOG_WARN, tcpstore_strerror(refusal->code),
        refusal_format(refusal, client->clients->config.memories, words));
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
    log_and_disconnect(
        client, is_departure(status) ? TCPSTORE_LOG_DEBUG : TCPSTORE_LOG_INFO,
        uv_strerror(status), words);
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
        refusal.limit = client->clients->stream_limits.hard_cap;
    disconnect_refused(client, &refusal);
}

static void disconnect_ended(struct client *client)
{
    log_and_disconnect(client, TCPSTORE_LOG_DEBUG, NULL, "reason=\"closed by the client\"");
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

/* Chooses the state by what the client's next request waits for. */
static void settle(struct client *client)
{
    enum stop stop = client->session.stop;

    if (stream_is_full(client->stream)) {
        set_state(client, CLIENT_PAUSED);
    } else if (stop == STOP_NEEDS_BYTES) {
        set_state(client, CLIENT_READING);
    } else {
        set_state(client, CLIENT_STOPPED);
        if (stop == STOP_TURN_OVER)
            turns_add(&client->clients->turns, &client->turn);
    }
}

/* Sends what is in `replies` to the client. */
static void send_replies(struct client *client)
{
    int code = stream_send(client->stream, &client->clients->replies);

    if (code)
        disconnect_failed(client, "replies", code);
}

static void send_release(struct client *client)
{
    int code = engine_reply_released(&client->clients->replies);

    if (code)
        disconnect_failed(client, "release", code);
    else
        send_replies(client);
    if (client->state == CLIENT_READING && stream_is_full(client->stream))
        set_state(client, CLIENT_PAUSED);
}

/* Notifies the clients whose waits another client's requests have ended. */
static void send_releases(struct clients *clients)
{
    struct session *session;

    while ((session = engine_take_released(&clients->effects)) != NULL)
        send_release(CONTAINER_OF(session, struct client, session));
}

/* Charges the replies to the client's memory. All memory is in one account. */
static struct effects *begin(struct client *client)
{
    struct clients *clients = client->clients;

    clients->replies.memory = client->memory;
    clients->effects.now = uv_now(clients->config.loop);
    clients->effects.steps = LONG_MAX;
    return &clients->effects;
}

/* Carries out the effects of what the session has executed. */
static void apply(struct client *client, enum stop stop)
{
    struct clients *clients = client->clients;

    send_replies(client);
    send_releases(clients);
    if (client->state == CLIENT_CLOSING)
        return;
    if (client->session.validated)
        deadline_cancel(&client->deadline);
    if (stop == STOP_REFUSED)
        disconnect_refused(client, &clients->effects.refusal);
    else
        settle(client);
}

static struct room on_room(void *owner)
{
    struct client *client = owner;
    struct clients *clients = client->clients;
    struct room room = session_room(clients->config.engine, &client->session);

    return room.bytes != NULL ? room : (struct room){clients->read_buffer, READ_BUFFER_SIZE};
}

static void feed(struct client *client, struct span bytes)
{
    struct engine *engine = client->clients->config.engine;

    while (bytes.len > 0 && client->state != CLIENT_CLOSING) {
        struct effects *effects = begin(client);
        enum stop stop = session_feed(engine, &client->session, bytes, effects);

        bytes = span_last(bytes, effects->left);
        apply(client, stop);
    }
}

static void on_received(void *owner, struct span bytes)
{
    struct client *client = owner;
    struct engine *engine = client->clients->config.engine;

    if (bytes.bytes == client->clients->read_buffer)
        feed(client, bytes);
    else
        apply(client, session_received(engine, &client->session, bytes.len, begin(client)));
}

static void go_on(struct client *client)
{
    struct engine *engine = client->clients->config.engine;

    if (client->session.stop == STOP_NEEDS_BYTES)
        settle(client);
    else
        apply(client, session_continue(engine, &client->session, begin(client)));
}

static void on_turn(struct turn *turn)
{
    struct client *client = CONTAINER_OF(turn, struct client, turn);

    if (stream_is_full(client->stream))
        set_state(client, CLIENT_PAUSED);
    else
        go_on(client);
}

static void on_written(void *owner)
{
    struct client *client = owner;

    if (client->state == CLIENT_PAUSED && !stream_is_full(client->stream))
        go_on(client);
    else if (client->state == CLIENT_ENDING && !stream_has_backlog(client->stream))
        disconnect_ended(client);
}

static void on_ended(void *owner, int status)
{
    struct client *client = owner;

    if (status != UV_EOF)
        disconnect_lost(client, status);
    else if (stream_has_backlog(client->stream))
        set_state(client, CLIENT_ENDING);
    else
        disconnect_ended(client);
}

static void on_expired(struct deadline *deadline)
{
    struct client *client = CONTAINER_OF(deadline, struct client, deadline);

    disconnect_failed(client, "VALIDATE", TCPSTORE_ETIMEDOUT);
}

static void on_closed(void *owner)
{
    struct client *client = owner;
    struct clients *clients = client->clients;

    clients->count--;
    clients->guest_count -= client->is_guest;
    memory_free(client->memory, client, sizeof(*client));
    clients->config.left(clients->config.context);
}

int clients_init(struct clients *clients, const struct clients_config *config)
{
    const struct tcpstore_limits *limits = &config->limits;

    clients->config = *config;
    clients->stream_limits =
        (struct stream_limits){limits->output_high_water, limits->output_hard_cap};
    clients->count = 0;
    clients->guest_count = 0;
    list_init(&clients->connected);
    turns_init(&clients->turns, config->loop);
    deadlines_init(&clients->deadlines, config->loop, limits->validate_ms, on_expired);
    outbox_init(
        &clients->replies, &config->memories->serving, READ_BUFFER_SIZE,
        limits->output_hard_cap);
    effects_init(&clients->effects, &clients->replies);
    return outbox_prepare(&clients->replies, READ_BUFFER_SIZE);
}

static void log_excess(const struct clients *clients, const union address *peer)
{
    client_log_write(
        clients->config.log, TCPSTORE_LOG_WARN, "client-refused",
        tcpstore_strerror(TCPSTORE_ECLIENTS), peer,
        "reason=\"%zu clients are connected, the maximum\"", clients->count);
}

/* `status` is libuv's. */
static void log_unopened(const struct clients *clients, const union address *peer, int status)
{
    const struct refusal refusal = {
        .code = status == UV_ENOMEM ? TCPSTORE_ENOMEM : TCPSTORE_ESYSTEM,
        .operation = "connect"};
    char words[REFUSAL_MAX];

    client_log_write(
        clients->config.log, TCPSTORE_LOG_WARN, "client-refused",
        tcpstore_strerror(refusal.code), peer, "%s",
        refusal_format(&refusal, clients->config.memories, words));
}

/* Returns libuv's error. */
static int open_client(struct clients *clients, int fd, bool local, struct client **ret_client)
{
    static const struct stream_events events = {
        .room = on_room,
        .received = on_received,
        .written = on_written,
        .ended = on_ended,
        .closed = on_closed,
    };
    struct memories *memories = clients->config.memories;
    struct memory *memory = local ? &memories->local : &memories->serving;
    struct client *client = memory_alloc(memory, sizeof(*client));
    struct stream *stream;
    int status;

    if (client == NULL)
        return UV_ENOMEM;
    status = stream_open_tcp(
        clients->config.loop, fd, memory, &clients->stream_limits, &events, client, &stream);
    if (status) {
        memory_free(memory, client, sizeof(*client));
        return status;
    }
    *client = (struct client){
        .stream = stream,
        .clients = clients,
        .state = CLIENT_STOPPED,
        .turn.run = on_turn,
        .memory = memory,
    };
    engine_enter(&client->session, memory);
    *ret_client = client;
    return 0;
}

static void start(struct client *client)
{
    struct clients *clients = client->clients;

    clients->count++;
    clients->guest_count += client->is_guest;
    list_append(&clients->connected, &client->link);
    deadlines_start(&clients->deadlines, &client->deadline);
    client_log_write(
        clients->config.log, TCPSTORE_LOG_DEBUG, "client-accepted", NULL, &client->peer,
        "clients=%zu", clients->count);
    set_state(client, CLIENT_READING);
}

void clients_admit(struct clients *clients, int fd, const union address *peer, bool local)
{
    bool is_guest = clients->count - clients->guest_count >= clients->config.limits.clients;
    struct client *client;
    int status;

    if (is_guest && (!local || clients->guest_count >= TCPSTORE_GUESTS)) {
        log_excess(clients, peer);
        close(fd);
        return;
    }
    status = open_client(clients, fd, local, &client);
    if (status) {
        log_unopened(clients, peer, status);
        close(fd);
        return;
    }
    client->peer = *peer;
    client->is_guest = is_guest;
    start(client);
}

void clients_close(struct clients *clients)
{
    while (!list_is_empty(&clients->connected))
        disconnect(CONTAINER_OF(clients->connected.next, struct client, link));
    turns_close(&clients->turns);
    deadlines_close(&clients->deadlines);
}

void clients_done(struct clients *clients)
{
    outbox_done(&clients->replies);
}
