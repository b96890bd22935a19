#include "embed/relay_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "observe/json.h"

enum { WORDS_MAX = 1024 };

static const struct http_answer no_memory = {
    .status = 503,
    .type = "application/json",
    .bytes = "{\"error\": \"out of memory for the answer; try again\"}\n",
    .len = sizeof("{\"error\": \"out of memory for the answer; try again\"}\n") - 1,
    .is_static = true,
    .is_last = true,
};

static bool is_linked(const struct uplink *uplink)
{
    return uplink->state == UPLINK_LINKED;
}

/* Since it is linked, or waits. */
static uint64_t ms_of_state(const struct uplink *uplink)
{
    return uv_now(uplink->config.loop) -
           (is_linked(uplink) ? uplink->linked_since : uplink->waiting_since);
}

static const char *next_of(const struct uplink *uplink)
{
    if (is_linked(uplink))
        return "see whether the store's process hangs; if the network to it is broken, the "
               "link "
               "breaks within 30 s, and the relay connects again";
    return remedy_text(uplink->remedy);
}

static const char *reason_of(const struct uplink *uplink)
{
    if (is_linked(uplink))
        return "it has answered nothing, though it should have";
    return uplink->why[0] == '\0' ? "it has not answered yet" : uplink->why;
}

static uint64_t reconnects(const struct uplink *uplink)
{
    return uplink->links > 0 ? uplink->links - 1 : 0;
}

static const struct upstream *upstream_of(const struct uplink *uplink)
{
    return &uplink->config.upstreams[is_linked(uplink) ? uplink->next : uplink->tried];
}

static void describe(const struct uplink *uplink, char words[WORDS_MAX])
{
    const struct upstream *upstream = upstream_of(uplink);
    uint64_t seconds = ms_of_state(uplink) / 1000;

    if (uplink_is_well(uplink))
        snprintf(
            words, WORDS_MAX, "this relay is linked to its store at %s:%s, for %" PRIu64 " s",
            upstream->host, upstream->port, seconds);
    else if (is_linked(uplink))
        snprintf(
            words, WORDS_MAX,
            "this relay is linked to its store at %s:%s, which has answered nothing for "
            "%" PRIu64 " s",
            upstream->host, upstream->port, uplink_silence(uplink) / 1000);
    else
        snprintf(
            words, WORDS_MAX,
            "this relay waits for its store, for %" PRIu64 " s; the latest try: %s:%s: %s",
            seconds, upstream->host, upstream->port, reason_of(uplink));
}

static json_t *upstream_text(const struct uplink *uplink)
{
    const struct upstream *upstream = upstream_of(uplink);
    char text[WORDS_MAX];

    snprintf(text, sizeof(text), "%s:%s", upstream->host, upstream->port);
    return json_bytes(span_of(text, strlen(text)));
}

static void append_store(
    void *context, const char *name, uint16_t port, enum relay_store_state state)
{
    json_t *object = json_object();

    json_set_text(object, "name", name);
    json_set_number(object, "port", port);
    if (state == RELAY_STORE_UPSTREAM)
        json_set(object, "served", json_null());
    else
        json_set_flag(object, "served", state == RELAY_STORE_SERVED);
    json_append(context, object);
}

static json_t *stores_array(const struct relay_stores *stores)
{
    json_t *array = json_array();

    relay_stores_each(stores, append_store, array);
    return array;
}

static json_t *state_object(const struct relay_http *relay)
{
    const struct uplink *uplink = relay->uplink;
    bool linked = is_linked(uplink), is_well = uplink_is_well(uplink);
    json_t *object = json_object();

    json_set_text(object, "state", linked ? "linked" : "waiting");
    json_set(object, "seconds", json_seconds((int64_t)ms_of_state(uplink)));
    json_set(object, "upstream", upstream_text(uplink));
    json_set(object, "reason", is_well ? json_null() : json_string(reason_of(uplink)));
    json_set(object, "next", is_well ? json_null() : json_string(next_of(uplink)));
    json_set_number(object, "clients", uplink->clients.speaking);
    json_set_number(
        object, "unacknowledged_bytes", uplink->clients.shared.trunk.outgoing.bytes);
    json_set(object, "silent_seconds", json_seconds((int64_t)uplink_silence(uplink)));
    json_set_number(object, "reconnects", reconnects(uplink));
    json_set_number(object, "shared_answers", uplink->clients.shared.asking.shared_answers);
    json_set_flag(object, "draining", *uplink->config.is_draining);
    json_set(object, "stores", stores_array(relay->stores));
    return object;
}

static void answer(struct http_request *request, const struct http_answer *with)
{
    struct http_answer whole = *with;

    whole.is_last = true; /* a request for another path may be the store's */
    if (whole.status == 503) {
        whole.header = "Retry-After";
        whole.header_value = "1";
    }
    http_answer(request, whole.bytes == NULL ? &no_memory : &whole);
}

/* Takes over `object`. */
static void answer_json(struct http_request *request, unsigned status, json_t *object)
{
    size_t len = 0;
    char *bytes = json_write(object, &len);

    json_decref(object);
    answer(
        request, &(struct http_answer){
                     .status = status, .type = "application/json", .bytes = bytes, .len = len});
}

static void answer_text(struct http_request *request, unsigned status, const char *text)
{
    answer(
        request, &(struct http_answer){
                     .status = status,
                     .type = "text/plain; charset=utf-8",
                     .bytes = strdup(text),
                     .len = strlen(text),
                 });
}

/* That the loop answers at all says it: a relay that waits must not be started again, which
 * would disconnect its clients. */
static void answer_health(const struct relay_http *relay, struct http_request *request)
{
    (void)relay;
    answer_text(request, 200, "ok\n");
}

static void answer_readiness(const struct relay_http *relay, struct http_request *request)
{
    const struct uplink *uplink = relay->uplink;
    char words[WORDS_MAX], text[WORDS_MAX + 1];

    if (*uplink->config.is_draining) {
        answer_text(request, 503, "no client can connect: the relay is draining\n");
    } else if (uplink->clients.speaking >= uplink->config.max_clients) {
        answer_text(
            request, 503, "no client can connect: --max-clients are connected already\n");
    } else if (uplink_is_well(uplink)) {
        answer_text(request, 200, "ready\n");
    } else {
        describe(uplink, words);
        snprintf(text, sizeof(text), "%s\n", words);
        answer_text(request, 503, text);
    }
}

static void answer_state_text(const struct relay_http *relay, struct http_request *request)
{
    const struct uplink *uplink = relay->uplink;
    bool is_well = uplink_is_well(uplink);
    char words[WORDS_MAX], text[2 * WORDS_MAX];

    describe(uplink, words);
    snprintf(
        text, sizeof(text),
        "%s\nclients: %u; bytes that the store has not acknowledged: %zu; reconnects: %" PRIu64
        "%s\n%s%s%s",
        words, uplink->clients.speaking, uplink->clients.shared.trunk.outgoing.bytes,
        reconnects(uplink), *uplink->config.is_draining ? "; it is draining" : "",
        is_well ? "" : "next: ", is_well ? "" : next_of(uplink), is_well ? "" : "\n");
    answer_text(request, 200, text);
}

static void answer_state_json(const struct relay_http *relay, struct http_request *request)
{
    answer_json(request, 200, state_object(relay));
}

/* In place of the store's answer; errors of all paths are JSON. */
static void answer_waiting(const struct relay_http *relay, struct http_request *request)
{
    const struct uplink *uplink = relay->uplink;
    char words[WORDS_MAX], error[2 * WORDS_MAX];
    json_t *object = state_object(relay);

    describe(uplink, words);
    snprintf(
        error, sizeof(error), "%s; %u clients are connected to the relay; next: %s", words,
        uplink->clients.speaking, next_of(uplink));
    json_set_text(object, "error", error);
    answer_json(request, 503, object);
}

static void refuse_change(struct http_request *request)
{
    static const char words[] = "{\"error\": \"this path of a relay cannot be changed\"}\n";

    http_answer(
        request, &(struct http_answer){
                     .status = 405,
                     .type = "application/json",
                     .header = "Allow",
                     .header_value = "GET, HEAD",
                     .bytes = words,
                     .len = sizeof(words) - 1,
                     .is_static = true,
                     .is_last = true,
                 });
}

/* They are arrival.c's, too, which sends requests for others to the store. */
static const struct path {
    const char *path;
    void (*answer)(const struct relay_http *relay, struct http_request *request);
} paths[] = {
    {"/relay", answer_state_text},
    {"/v1/relay", answer_state_json},
    {"/healthz", answer_health},
    {"/readyz", answer_readiness},
};

static void on_requested(void *context, struct http_request *request)
{
    const struct relay_http *relay = context;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (strcmp(http_path(request), paths[i].path) != 0)
            continue;
        if (strcmp(http_method(request), "GET") == 0)
            paths[i].answer(relay, request);
        else
            refuse_change(request);
        return;
    }
    answer_waiting(relay, request);
}

int relay_http_init(struct relay_http *relay, uv_loop_t *loop)
{
    return relay->is_on ? http_init(&relay->http, loop, on_requested, relay) : 0;
}

const char *relay_http_refuse(
    void *context, const union address *peer, const struct uplink_port *port)
{
    const struct relay_http *relay = context;

    if (!relay->is_on)
        return "it speaks HTTP, which is off here";
    if (relay->has_port && !port->is_for_http)
        return "it speaks HTTP, which is served at --http-bind";
    return allow_list_permits(relay->allowed, peer) ? NULL
                                                    : "HTTP from a host that is not allowed";
}

bool relay_http_serve(
    void *context, struct stream *stream, const union address *peer, struct span begun)
{
    struct relay_http *relay = context;
    int fd = bridge_open(relay->bridges, stream, begun);

    if (fd >= 0)
        http_adopt(&relay->http, fd, &peer->any, 0);
    return fd >= 0;
}

void relay_http_close(struct relay_http *relay)
{
    http_close(&relay->http);
}
