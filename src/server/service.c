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

#include <errno.h>

#include "base/container.h"
#include "server/bridge.h"
#include "server/client_turn.h"
#include "server/receiving.h"
#include "server/replies.h"
#include "server/tcp_stream.h"

/* A descriptor for HTTP, or libuv's error. */
static int take_socket(struct client *client)
{
    int fd = stream_duplicate(client->stream);

    if (fd < 0 && errno != EOPNOTSUPP)
        return uv_translate_sys_error(errno);
    if (fd < 0) {
        fd = bridge_open(client->service->config.bridges, client->stream, span_of(NULL, 0));
        if (fd >= 0)
            client->stream = NULL;
    }
    return fd;
}

static void serve_http(struct client *client)
{
    const struct service_config *config = &client->service->config;
    int fd = take_socket(client);

    if (fd < 0) {
        client_disconnect_lost(client, fd);
        return;
    }
    config->serve_http(config->context, fd, &client->peer);
    client_disconnect(client);
    if (client->stream == NULL) {
        client->is_closed = true;
        client_ask_for_turn(client);
    }
}

/* The protocol has no words for it, so the log must tell what to do. */
static void refuse_late(struct client *client)
{
    static const char reason[] = "the server is draining and accepts no new clients";

    client_log_write(
        client->service->config.log, TCPSTORE_LOG_WARN, "client-refused", reason, &client->peer,
        "reason=\"%s; connect to another server, or start one\"", reason);
    client_disconnect(client);
}

/* It sends no more, or the connection has failed. */
static void handle_end(struct client *client, int status)
{
    if (client->is_http)
        serve_http(client);
    else if (client->is_late)
        refuse_late(client);
    else if (status != UV_EOF)
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

    client_begin_turn(client);
    if (!client->has_left)
        client_leave(client);
    is_freed = client->has_left && client->is_closed &&
               (client->stream == NULL || stream_free(client->stream, &service->effects.steps));
    client_end_turn(client);
    if (is_freed) {
        turn_cancel(&client->turn);
        service->config.gone(client);
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
    if (client_is_full(client))
        client_set_state(client, CLIENT_PAUSED);
    else if (client_needs_bytes(client))
        return true;
    else
        client_apply(
            client, session_continue(service->config.engine, session, &service->effects));
    return false;
}

static void go_on(struct client *client)
{
    int ended = client->ended;
    bool reads = false;

    client_begin_turn(client);
    client->ended = 0;
    if (ended)
        handle_end(client, ended);
    if (client->state != CLIENT_CLOSING)
        replies_continue(client);
    if (client->state != CLIENT_CLOSING)
        reads = continue_session(client);
    client_end_turn(client);
    if (reads)
        receiving_read_now(client);
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
    struct turns *turns = client->service->config.turns;

    if (turns_are_short(turns) || turn_begin(turns, &client->turn) <= 0)
        client_ask_for_turn(client);
    else
        go_on(client);
}

static void on_written(void *owner)
{
    struct client *client = owner;

    if (client->is_refused)
        client_restart_deadline(client);
    go_on_soon(client);
}

/* Clients that close make room for new ones, so they do not wait behind long requests. */
static void on_departures(struct turn *turn)
{
    struct service *service = CONTAINER_OF(turn, struct service, departures);

    while (!list_is_empty(&service->departed) && !turns_are_short(service->config.turns)) {
        struct client *client = CONTAINER_OF(service->departed.next, struct client, turn.link);

        list_remove(&client->turn.link);
        go_on(client);
    }
    if (!list_is_empty(&service->departed))
        turns_add_first(service->config.turns, turn);
}

static void on_ended(void *owner, int status)
{
    struct client *client = owner;
    struct service *service = client->service;

    client->ended = status;
    if (!turns_are_short(service->config.turns)) {
        go_on(client);
    } else if (!list_is_linked(&client->turn.link)) {
        list_append(&service->departed, &client->turn.link);
        turns_add_first(service->config.turns, &service->departures);
    }
}

static void on_releases(struct turn *turn)
{
    struct service *service = CONTAINER_OF(turn, struct service, releases);

    list_append_all(&service->effects.released.waiters, &service->unsent);
    service->replies.memory = &service->config.memories->serving;
    service->effects.steps = turn_begin(service->config.turns, turn);
    replies_notify(service);
    turn_end(service->config.turns, turn, service->effects.steps);
}

static void on_expired(struct deadline *deadline)
{
    struct client *client = CONTAINER_OF(deadline, struct client, deadline);

    client_begin_turn(client);
    client_disconnect_failed(client, "VALIDATE", TCPSTORE_ETIMEDOUT);
    client_end_turn(client);
}

static void on_closed(void *owner)
{
    struct client *client = owner;

    client->is_closed = true;
    finish(client);
}

int service_init(
    struct service *service, const struct service_config *config, uint64_t timeout_ms)
{
    service->config = *config;
    service->new_count = 0;
    closed_init(&service->closed, &config->memories->serving);
    service->releases = (struct turn){.run = on_releases};
    list_init(&service->unsent);
    service->departures = (struct turn){.run = on_departures};
    list_init(&service->departed);
    deadlines_init(&service->deadlines, service->config.loop, timeout_ms, on_expired);
    outbox_init(
        &service->replies, &service->config.memories->serving, READ_BUFFER_SIZE,
        service->config.stream_limits.hard_cap);
    effects_init(&service->effects, &service->replies);
    return outbox_prepare(&service->replies, READ_BUFFER_SIZE);
}

void service_close(struct service *service)
{
    turn_cancel(&service->releases);
    turn_cancel(&service->departures);
    deadlines_close(&service->deadlines);
}

void service_done(struct service *service)
{
    closed_done(&service->closed);
    outbox_done(&service->replies);
}

static const struct stream_events events = {
    .room = receiving_room,
    .received = receiving_take,
    .written = on_written,
    .ended = on_ended,
    .closed = on_closed,
};

static void begin(
    struct service *service, struct stream *stream, struct memory *memory,
    struct client *client)
{
    *client = (struct client){
        .service = service,
        .stream = stream,
        .state = CLIENT_STOPPED,
        .turn.run = on_turn,
        .memory = memory,
        .is_new = true,
    };
    engine_enter(&client->session, memory);
}

int service_open(struct service *service, int fd, struct memory *memory, struct client *client)
{
    struct stream *stream;
    int status = tcp_stream_open(
        service->config.loop, fd, memory, &service->config.stream_limits, &events, client,
        &stream);

    if (status == 0)
        begin(service, stream, memory, client);
    return status;
}

void service_adopt(
    struct service *service, struct stream *stream, struct memory *memory,
    struct client *client)
{
    stream_set_owner(stream, &service->config.stream_limits, &events, client);
    begin(service, stream, memory, client);
}

void service_start(struct client *client)
{
    deadlines_start(&client->service->deadlines, &client->deadline);
    client_begin_turn(client);
    client_set_state(client, CLIENT_READING);
    client_end_turn(client);
}

void service_end(struct client *client)
{
    if (client->state == CLIENT_CLOSING) {
        finish(client);
        return;
    }
    client_begin_turn(client);
    client_disconnect(client);
    client_end_turn(client);
}
