#include "server/replies.h"

#include "base/cold.h"
#include "base/container.h"

enum { NS_PER_MS = 1000000 };

void replies_send(struct client *client)
{
    struct service *service = client->service;
    int code;

    service->sent_bytes += service->replies.bytes;
    code = stream_send(client->stream, &service->replies, &service->effects.steps);

    if (code)
        client_disconnect_failed(client, "replies", code);
    else if (stream_can_write(client->stream))
        client_ask_for_turn(client);
}

/* Inlined, it costs every request's reply nine instructions. */
static COLD __attribute__((noinline)) void note_wait(const struct client *client)
{
    struct service *service = client->service;

    histogram_add(
        &service->config.durations->waits,
        (service->effects.now - client->received_at) * NS_PER_MS);
}

static void send_release(struct client *client)
{
    struct service *service = client->service;
    int code = engine_reply_released(&service->replies);

    note_wait(client);
    service->effects.steps -= client->stream->kind->send_steps;
    if (code)
        client_disconnect_failed(client, "release", code);
    else
        replies_send(client);
    if (client->state == CLIENT_READING && stream_is_full(client->stream))
        client_set_state(client, CLIENT_PAUSED);
}

static struct client *client_of(struct session *session)
{
    return CONTAINER_OF(session, struct client, session);
}

/* Notifies the clients whose waits the request has ended, while steps are left; the others in
 * turns. They do not wait behind all those that requests before this one have released. */
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
    list_append_all(&service->unsent, &effects->released.waiters);
    if (!list_is_empty(&service->unsent))
        turns_add_first(service->config.turns, &service->releases);
}

void replies_notify(struct service *service)
{
    struct session *session;

    send_releases(service);
    while ((session = engine_take_ready(service->config.engine)) != NULL)
        client_ask_for_turn(client_of(session));
}

void replies_continue(struct client *client)
{
    int code = stream_write(client->stream, &client->service->effects.steps);

    if (code)
        client_disconnect_failed(client, "replies", code);
    else if (client->state == CLIENT_ENDING && !stream_has_backlog(client->stream))
        client_disconnect_ended(client);
    else if (client->is_refused && !stream_has_backlog(client->stream))
        stream_shut_down(client->stream);
    else if (stream_can_write(client->stream))
        client_ask_for_turn(client);
}
