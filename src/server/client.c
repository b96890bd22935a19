#include "server/client.h"

#include <stdio.h>

#include "record/record.h"
#include "server/refusal.h"

enum { CLOSE_STEPS = 64 };

void client_leave(struct client *client)
{
    struct service *service = client->service;

    client->has_left =
        engine_leave(service->config.engine, &client->session, &service->effects);
    if (!client->has_left)
        client_ask_for_turn(client);
}

void client_disconnect(struct client *client)
{
    client->service->effects.steps -= CLOSE_STEPS;
    deadline_cancel(&client->deadline);
    turn_cancel(&client->turn);
    client->state = CLIENT_CLOSING;
    if (client->stream != NULL)
        stream_close(client->stream);
    if (!client->has_left)
        client_leave(client);
}

static void record(const struct client *client, enum segment_kind kind, const char *text)
{
    const struct service_config *config = &client->service->config;

    if (config->engine->record != NULL)
        record_event(
            config->engine->record, uv_now(config->loop), client->session.number, kind,
            span_of(text, strlen(text)));
}

void client_record_arrival(const struct client *client)
{
    const char *store = client->service->config.log->log.store;
    char peer[ADDRESS_TEXT_MAX];
    char text[2 * ADDRESS_TEXT_MAX + 16];

    snprintf(
        text, sizeof(text), "%s%s%s", address_format(&client->peer, peer),
        store == NULL ? "" : " store=", store == NULL ? "" : store);
    record(client, SEGMENT_CONNECTED, text);
}

/* `words` give the details; `reason` is a static string, by which lines are limited. */
static void log_closed(
    struct client *client, enum tcpstore_log_level level, const char *reason, const char *words)
{
    struct service *service = client->service;
    const char *cause = reason == NULL ? "closed by the client" : reason;

    if (client->is_refused)
        return;
    if (!client->is_new)
        record(client, SEGMENT_CLOSED, cause);
    client_log_write(
        service->config.log, level, "client-closed", reason, &client->peer, "%s", words);
    closed_add(
        &service->closed, &(struct closed_client){
                              .number = client->session.number,
                              .peer = client->peer,
                              .connected_at = client->connected_at,
                              .received_at = client->received_at,
                              .closed_at = uv_now(service->config.loop),
                              .reason = cause,
                              .activity = client->session.activity,
                              .process = client->stream->process,
                          });
}

void client_log_refusal(struct client *client, const struct refusal *refusal)
{
    char words[REFUSAL_MAX];

    log_closed(
        client, TCPSTORE_LOG_WARN, tcpstore_strerror(refusal->code),
        refusal_format(refusal, client->service->config.memories, words));
}

/* The client disconnected, as at the end of a job; the network did not fail. */
static bool is_departure(int status)
{
    return status == UV_ECONNRESET || status == UV_EPIPE || status == UV_ECONNABORTED;
}

void client_disconnect_lost(struct client *client, int status)
{
    const char *reason = stream_reason(client->stream, status);
    char words[REASON_MAX];

    snprintf(words, sizeof(words), "reason=\"%s\"", reason);
    log_closed(
        client, is_departure(status) ? TCPSTORE_LOG_DEBUG : TCPSTORE_LOG_INFO, reason, words);
    client_disconnect(client);
}

void client_disconnect_failed(struct client *client, const char *operation, int code)
{
    struct refusal refusal = {.code = code, .operation = operation};

    if (code == TCPSTORE_ELOST) {
        client_disconnect_lost(client, client->stream->status);
        return;
    }
    if (code == TCPSTORE_EOUTPUT)
        refusal.limit = client->service->config.stream_limits.hard_cap;
    client_log_refusal(client, &refusal);
    client_disconnect(client);
}

void client_disconnect_ended(struct client *client)
{
    log_closed(client, TCPSTORE_LOG_DEBUG, NULL, "reason=\"closed by the client\"");
    client_disconnect(client);
}

void client_set_state(struct client *client, enum client_state state)
{
    bool was_reading = client->state == CLIENT_READING;
    int code = 0;

    client->state = state;
    if (was_reading && state != CLIENT_READING)
        stream_stop_reading(client->stream);
    if (!was_reading && state == CLIENT_READING)
        code = stream_start_reading(client->stream);
    if (code)
        client_disconnect_failed(client, "receive", code);
}
