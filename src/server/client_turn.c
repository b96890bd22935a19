#include "server/client_turn.h"

#include "server/replies.h"

void client_begin_turn(struct client *client)
{
    struct service *service = client->service;

    service->replies.memory = client->memory;
    service->effects.now = uv_now(service->config.loop);
    service->effects.steps = turn_begin(service->config.turns, &client->turn);
}

void client_end_turn(struct client *client)
{
    struct service *service = client->service;

    replies_notify(service);
    turn_end(service->config.turns, &client->turn, service->effects.steps);
}

static void stop_until_turn(struct client *client)
{
    client_set_state(client, CLIENT_STOPPED);
    client_ask_for_turn(client);
}

bool client_needs_bytes(const struct client *client)
{
    return client->is_refused || client->session.stop == STOP_NEEDS_BYTES;
}

/* Others may wait for a request that has begun, whether its client reads or not. */
bool client_is_full(const struct client *client)
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
            (turns_are_short(service->config.turns) || client->state == CLIENT_STOPPED));
}

void client_settle(struct client *client)
{
    if (client_is_full(client))
        client_set_state(client, CLIENT_PAUSED);
    else if (client_needs_bytes(client) && !reads_in_turn(client))
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

void client_restart_deadline(struct client *client)
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
    client_restart_deadline(client);
    client_leave(client);
    client_settle(client);
    replies_continue(client);
}

void client_apply(struct client *client, enum stop stop)
{
    replies_send(client);
    if (client->state == CLIENT_CLOSING)
        return;
    if (client->session.validated)
        deadline_cancel(&client->deadline);
    if (stop == STOP_REFUSED)
        refuse(client);
    else
        client_settle(client);
}
