/*
 * Happy path: dial the store, say HELLO, and carry what the clients send and get until they
 * leave. Without a link, what they send waits, up to a limit; then they are not read.
 *
 * Failures: no store can be reached, or it refuses the relay: try the next one, later and
 * later. The link breaks: the next one goes on where it stopped. The store has forgotten the
 * relay, or was away for as long as it said that it would wait: the clients are disconnected,
 * and the relay comes as a new one. Memory is refused for what must not be lost: the same.
 */
#include "uplink/uplink.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "server/discard.h"
#include "server/tcp_stream.h"

enum {
    DELAY_MIN_MS = 50, /* before the first try after a failure; then it doubles */
    DELAY_MAX_MS = 2000,
    GREETING_MS = 5000,
    LEAVING_MS = 30000,     /* for a client to read what is left */
    AWAY_MS = 30000,        /* until a store tells another time */
    REPORT_MS = 10000,      /* until the log says that the relay waits; then it doubles */
    HIGH_WATER = 512 << 10, /* bytes that the store has not acknowledged: clients pause */
    SLOTS_MIN = 64,

    /* What is sent acknowledges what has come; without anything to send, it waits so long, or
     * for so many bytes. */
    ACKNOWLEDGE_MS = 20,
    OWED_MAX = 64 << 10,
};

static struct uplink *uplink_of(struct uplink_shared *shared)
{
    return CONTAINER_OF(shared, struct uplink, shared);
}

static uint64_t now(const struct uplink *uplink)
{
    return uv_now(uplink->config.loop);
}

/* `reason` is a static string; the detail may be empty. */
static void report_detail(
    const struct uplink *uplink, enum tcpstore_log_level level, const char *event,
    const char *reason, const char *detail)
{
    const struct upstream *upstream = &uplink->config.upstreams[uplink->next];
    char text[TLS_TEXT_MAX];

    client_log_write(
        uplink->config.log, level, event, reason, NULL,
        "upstream=%s:%s clients=%u reason=\"%s\"", upstream->host, upstream->port,
        uplink->clients, tls_failure_text(reason, detail, text));
}

static void report(
    const struct uplink *uplink, enum tcpstore_log_level level, const char *event,
    const char *reason)
{
    report_detail(uplink, level, event, reason, "");
}

static void on_wake(struct uplink_shared *shared)
{
    struct uplink *uplink = uplink_of(shared);

    turns_add(uplink->config.turns, &uplink->turn);
}

static bool on_item(void *owner, const struct item *item);
static void on_room(void *owner);

static void take_new_id(struct uplink *uplink)
{
    static const struct trunk_events events = {on_item, on_room};

    /* It waits for no entropy: a machine whose network is up has it. */
    uv_random(NULL, NULL, uplink->id, sizeof(uplink->id), 0, NULL);
    uplink->is_known = false;
    uplink->above.count = 0;
    trunk_init(&uplink->shared.trunk, uplink->config.memory, HIGH_WATER, &events, uplink);
}

static void lose(struct uplink *uplink, const char *reason);

/* All of its clients are disconnected, and it is a new relay from now on. */
static void start_anew(struct uplink *uplink, const char *reason)
{
    if (uplink->state == UPLINK_GREETING || uplink->state == UPLINK_LINKED)
        lose(uplink, reason); /* it is the old id's */
    report(uplink, TCPSTORE_LOG_ERROR, "relay-forgotten", reason);
    uv_timer_stop(&uplink->away);
    for (uint32_t i = 0; i < uplink->slot_count; i++)
        if (uplink->slots[i].client != NULL && !uplink->slots[i].client->is_new)
            uplink_client_drop(uplink->slots[i].client, reason);
    uplink->config.forgotten(uplink->config.context);
    uplink->config.stores.forgotten(uplink->config.stores.context);
    trunk_done(&uplink->shared.trunk);
    take_new_id(uplink);
}

static void on_away(uv_timer_t *timer)
{
    start_anew(timer->data, "no store was reached for as long as it waits for a relay");
}

static void wait_to_retry(struct uplink *uplink);

static void dial(struct uplink *uplink)
{
    const struct upstream *upstream = &uplink->config.upstreams[uplink->next];

    uplink->state = UPLINK_DIALING;
    dialer_dial(&uplink->dialer, upstream->host, upstream->port);
}

static void on_retry(uv_timer_t *timer)
{
    struct uplink *uplink = timer->data;

    if (uplink->state == UPLINK_GREETING) {
        lose(uplink, "it accepts the connection, but does not greet");
        return;
    }
    if (uplink->is_link_open) { /* the last one is still being closed */
        wait_to_retry(uplink);
        return;
    }
    dial(uplink);
}

/* Relays that lost their store at once do not return at once. */
static uint64_t jitter(uint64_t ms)
{
    uint32_t random = 0;

    uv_random(NULL, NULL, &random, sizeof(random), 0, NULL);
    return ms / 2 + random % (ms + 1);
}

static void wait_to_retry(struct uplink *uplink)
{
    uplink->state = UPLINK_AWAY;
    uv_timer_start(&uplink->retry, on_retry, jitter(uplink->delay_ms), 0);
}

static void report_waiting(struct uplink *uplink, const char *reason, const char *detail)
{
    uint64_t waited_ms = now(uplink) - uplink->waiting_since;

    if (uplink->next_report_ms > 0 && waited_ms < uplink->next_report_ms)
        return;
    uplink->next_report_ms = uplink->next_report_ms == 0 ? REPORT_MS : 2 * waited_ms;
    report_detail(uplink, TCPSTORE_LOG_WARN, "upstream-waiting", reason, detail);
}

static void try_next(struct uplink *uplink)
{
    uplink->next = (uplink->next + 1) % uplink->config.upstream_count;
    if (uplink->next == 0 && uplink->delay_ms < DELAY_MAX_MS)
        uplink->delay_ms *= 2;
    wait_to_retry(uplink);
}

static void note_failure(struct uplink *uplink, const char *reason, const char *detail)
{
    tls_failure_text(reason, detail, uplink->why);
    uplink->tried = uplink->next;
}

static void fail(struct uplink *uplink, const char *reason, const char *detail)
{
    note_failure(uplink, reason, detail);
    report_waiting(uplink, reason, detail);
    try_next(uplink);
}

static void on_dial_failed(struct dialer *dialer)
{
    fail(CONTAINER_OF(dialer, struct uplink, dialer), dialer->why.reason, dialer->why.detail);
}

static void lose(struct uplink *uplink, const char *reason)
{
    link_close(&uplink->link);
    if (uplink->state == UPLINK_LINKED) {
        report(uplink, TCPSTORE_LOG_WARN, "upstream-lost", reason);
        note_failure(uplink, reason, "");
        uplink->waiting_since = now(uplink);
        uplink->next_report_ms = REPORT_MS;
        uv_timer_start(&uplink->away, on_away, uplink->away_ms, 0);
        wait_to_retry(uplink); /* the same one: others do not know this relay */
    } else {
        fail(uplink, reason, "");
    }
}

static void on_broken(struct link *link, const char *reason)
{
    struct uplink *uplink = CONTAINER_OF(link, struct uplink, link);

    if (uplink->state == UPLINK_GREETING && uplink->config.secure == NULL)
        reason = "it has broken the connection at once: it may want TLS; its log says why";
    lose(uplink, reason);
}

/* It acknowledges what has come, too. */
static void pump(struct uplink *uplink)
{
    uplink->owed = 0;
    if (uplink->state == UPLINK_LINKED && !link_pump(
                                              &uplink->link, &uplink->shared.trunk.outgoing,
                                              uplink->shared.trunk.incoming.received))
        lose(uplink, "the connection has failed");
}

static void on_writable(struct link *link)
{
    pump(CONTAINER_OF(link, struct uplink, link));
}

static void on_turn(struct turn *turn)
{
    struct uplink *uplink = CONTAINER_OF(turn, struct uplink, turn);

    if (uplink->shared.trunk.has_failed)
        start_anew(uplink, "out of memory");
    pump(uplink);
}

static void on_room(void *owner)
{
    const struct uplink *uplink = owner;

    for (uint32_t i = 0; i < uplink->slot_count; i++) {
        struct uplink_client *client = uplink->slots[i].client;

        if (client != NULL && client->stream != NULL)
            uplink_client_go_on(client);
    }
}

static bool take_of_client(const struct uplink *uplink, const struct item *item)
{
    struct uplink_client *client =
        item->session < uplink->slot_count ? uplink->slots[item->session].client : NULL;
    uint32_t taken;

    if (client == NULL || !client->is_known || client->is_leaving)
        return false;
    if (item->kind == ITEM_BYTES)
        uplink_client_deliver(client, item->bytes);
    else if (item->kind == ITEM_LEAVE)
        uplink_client_leave(client);
    else
        return item->kind == ITEM_TAKEN && trunk_read_taken(item->bytes, &taken) &&
               uplink_client_told(client, taken);
    return true;
}

static bool on_item(void *owner, const struct item *item)
{
    const struct uplink *uplink = owner;
    const struct uplink_stores *stores = &uplink->config.stores;

    switch (item->kind) {
    case ITEM_OPEN:
        return false;
    case ITEM_STORE_OPENED:
        return stores->opened(stores->context, (uint16_t)item->session, item->bytes);
    case ITEM_STORE_CLOSED:
        stores->closed(stores->context, (uint16_t)item->session);
        return true;
    default:
        return take_of_client(uplink, item);
    }
}

static void enter(struct uplink *uplink, const struct welcome *welcome)
{
    if (welcome->version != GREETING_VERSION) {
        lose(uplink, "it speaks another version of the trunk");
        return;
    }
    if (!trunk_resume(&uplink->shared.trunk, welcome->received)) {
        start_anew(uplink, "it has forgotten what it has acknowledged");
        return;
    }
    uv_timer_stop(&uplink->retry);
    uplink->state = UPLINK_LINKED;
    uplink->linked_since = now(uplink);
    uplink->links++;
    uplink->is_known = true;
    uplink->above = welcome->path;
    uplink->welcomed_by = uplink->next;
    uplink->shared.window = welcome->window;
    uplink->away_ms = welcome->away_ms;
    uplink->delay_ms = DELAY_MIN_MS;
    uv_timer_stop(&uplink->away);
    report(uplink, TCPSTORE_LOG_INFO, "upstream-connected", "it has welcomed this relay");
    pump(uplink);
}

/* Its words would be cut from a buffer: the codes have words of ours. */
static const char *reason_of(const struct refused *refused)
{
    switch (refused->code) {
    case REFUSED_VERSION:
        return "it refuses this relay: they speak different versions of the trunk";
    case REFUSED_CLUSTER:
        return "it refuses this relay: it is another store than before";
    case REFUSED_NAME:
        return "it refuses this relay: its name may not connect";
    case REFUSED_GONE:
        return "it does not know this relay any more";
    case REFUSED_FULL:
        return "it refuses this relay: it has no room for another one";
    case REFUSED_ALONE:
        return "it is a relay itself, and has no store yet: see its log";
    case REFUSED_CIRCLE:
        return "relays go round in a circle: it reaches its store by this relay; one of them "
               "needs another --upstream";
    case REFUSED_DEEP:
        return "it refuses this relay: there are too many relays between it and the store";
    default:
        return "it refuses this relay, for a reason of a later version";
    }
}

static void greet_back(struct uplink *uplink, const struct frame *frame)
{
    struct welcome welcome;
    struct refused refused;

    if (greeting_read_welcome(frame, &welcome)) {
        enter(uplink, &welcome);
    } else if (greeting_read_refused(frame, &refused)) {
        if (refused.code == REFUSED_GONE && uplink->next == uplink->welcomed_by)
            start_anew(uplink, reason_of(&refused));
        else
            lose(uplink, reason_of(&refused));
    } else {
        lose(uplink, "it is no store's trunk");
    }
}

static void on_acknowledgement(uv_timer_t *timer)
{
    pump(timer->data);
}

static void owe_acknowledgement(struct uplink *uplink, const struct frame *frame)
{
    uplink->owed += frame->payload.len;
    if (uplink->owed >= OWED_MAX)
        on_wake(&uplink->shared);
    else if (!uv_is_active((uv_handle_t *)&uplink->acknowledgement))
        uv_timer_start(&uplink->acknowledgement, on_acknowledgement, ACKNOWLEDGE_MS, 0);
}

static void on_frame(struct link *link, const struct frame *frame)
{
    struct uplink *uplink = CONTAINER_OF(link, struct uplink, link);

    if (uplink->state == UPLINK_GREETING) {
        greet_back(uplink, frame);
        return;
    }
    owe_acknowledgement(uplink, frame);
    if (!trunk_take(&uplink->shared.trunk, frame))
        start_anew(uplink, "the store breaks the rules of the trunk");
}

static void on_link_closed(struct link *link)
{
    CONTAINER_OF(link, struct uplink, link)->is_link_open = false;
}

static bool say_hello(struct uplink *uplink)
{
    struct hello hello = {
        .version = GREETING_VERSION,
        .received = uplink->shared.trunk.incoming.received,
        .is_known = uplink->is_known,
        .name = span_of(uplink->name, strlen(uplink->name)),
    };
    uint8_t frame[GREETING_MAX];
    uint8_t *end;

    memcpy(hello.relay, uplink->id, sizeof(hello.relay));
    memcpy(hello.instance, uplink->instance, sizeof(hello.instance));
    end = greeting_put_hello(frame, &hello);
    return link_start(&uplink->link) &&
           link_greet(&uplink->link, span_of(frame, (size_t)(end - frame)));
}

static void on_connected(struct dialer *dialer, struct stream *stream)
{
    static const struct link_events events = {on_frame, on_writable, on_broken, on_link_closed};
    struct uplink *uplink = CONTAINER_OF(dialer, struct uplink, dialer);

    link_open(&uplink->link, stream, uplink->config.memory, uplink->link_buffer, &events);
    uplink->is_link_open = true;
    uplink->state = UPLINK_GREETING;
    uv_timer_start(&uplink->retry, on_retry, GREETING_MS, 0);
    if (!say_hello(uplink))
        lose(uplink, "the connection has failed");
}

static void on_gone(struct uplink_shared *shared, struct uplink_client *client)
{
    struct uplink *uplink = uplink_of(shared);

    identifying_forget(client);
    uplink->slots[client->number].client = NULL;
    if (client->number < uplink->free_hint)
        uplink->free_hint = client->number;
    memory_free(uplink->config.memory, client, sizeof(*client));
}

static void on_left(
    struct uplink_shared *shared, const struct uplink_client *client, const char *reason)
{
    struct uplink *uplink = uplink_of(shared);

    uplink->connections--;
    uplink->clients -= client->is_speaking;
    client_log_write(
        uplink->config.log, TCPSTORE_LOG_DEBUG, "client-closed", reason, &client->peer,
        "reason=\"%s\"", reason);
    uplink->config.changed(uplink->config.context);
}

static bool add_slots(struct uplink *uplink)
{
    struct memory *memory = uplink->config.memory;
    uint32_t count = uplink->slot_count == 0 ? SLOTS_MIN : 2 * uplink->slot_count;
    size_t before = uplink->slot_count * sizeof(*uplink->slots);
    size_t size = count * sizeof(*uplink->slots);
    struct uplink_slot *slots;

    if (count > ITEM_SESSIONS_MAX ||
        uplink->slot_count >= 2 * (size_t)uplink->config.max_clients + SLOTS_MIN)
        return false;
    slots = uplink->slots == NULL ? memory_alloc(memory, size)
                                  : memory_realloc(memory, uplink->slots, before, size);
    if (slots == NULL)
        return false;
    memset(slots + uplink->slot_count, 0, size - before);
    uplink->slots = slots;
    uplink->slot_count = count;
    return true;
}

/* False: memory is refused. */
static bool find_number(struct uplink *uplink, uint32_t *ret_number)
{
    while (uplink->free_hint < uplink->slot_count &&
           uplink->slots[uplink->free_hint].client != NULL)
        uplink->free_hint++;
    if (uplink->free_hint == uplink->slot_count && !add_slots(uplink))
        return false;
    *ret_number = uplink->free_hint;
    return true;
}

static void log_refusal(
    const struct uplink *uplink, const union address *peer, const char *reason)
{
    client_log_write(
        uplink->config.log, TCPSTORE_LOG_WARN, "client-refused", reason, peer, "reason=\"%s\"",
        reason);
}

/* Returns why the client is not served; NULL: it is. */
static const char *refuse_client(
    const struct uplink *uplink, const struct uplink_client *client)
{
    if (client->port->is_for_http)
        return "it does not speak HTTP, for which this port is";
    if (*uplink->config.is_draining)
        return "the relay is draining and accepts no new clients";
    if (uplink->clients >= uplink->config.max_clients)
        return tcpstore_strerror(TCPSTORE_ECLIENTS);
    return NULL;
}

static const char *refuse_http(const struct uplink *uplink, const struct uplink_client *client)
{
    const struct uplink_http *http = &uplink->config.http;

    return http->refuse(http->context, &client->peer, client->port);
}

static enum uplink_course on_begun(
    struct uplink_shared *shared, struct uplink_client *client, enum arrival arrival)
{
    struct uplink *uplink = uplink_of(shared);
    bool is_http = arrival != ARRIVAL_CLIENT;
    const char *reason = is_http ? refuse_http(uplink, client) : refuse_client(uplink, client);

    if (reason != NULL) {
        log_refusal(uplink, &client->peer, reason);
        return COURSE_NONE;
    }
    client->is_speaking = !is_http;
    uplink->clients += client->is_speaking;
    if (client->is_speaking && client->is_local)
        identifying_add(&uplink->identifying, client);
    if (arrival == ARRIVAL_OWN_HTTP || (is_http && uplink->state != UPLINK_LINKED))
        return COURSE_RELAY;
    return COURSE_STORE;
}

static bool on_http(
    struct uplink_shared *shared, const struct uplink_client *client, struct span begun)
{
    const struct uplink_http *http = &uplink_of(shared)->config.http;

    return http->serve(http->context, client->stream, &client->peer, begun);
}

/* Returns why the client cannot be served; NULL: it may. */
static const char *open_client(
    struct uplink *uplink, struct stream *stream, const union address *peer, bool is_local,
    const struct uplink_port *port)
{
    struct memory *memory = uplink->config.memory;
    struct uplink_client *client;
    uint32_t number;

    if (uplink->connections >= uplink->config.max_clients + TCPSTORE_GUESTS)
        return tcpstore_strerror(TCPSTORE_ECLIENTS);
    if (!find_number(uplink, &number))
        return tcpstore_strerror(TCPSTORE_ENOMEM);
    client = memory_alloc(memory, sizeof(*client));
    if (client == NULL)
        return tcpstore_strerror(TCPSTORE_ENOMEM);
    uplink->slots[number].client = client;
    uplink->connections++;
    uplink_client_open(client, &uplink->shared, stream, number, peer, is_local, port);
    return NULL;
}

static bool admit_stream(
    struct uplink *uplink, struct stream *stream, const union address *peer, bool is_local,
    const struct uplink_port *port)
{
    const char *reason = open_client(uplink, stream, peer, is_local, port);

    if (reason != NULL) {
        log_refusal(uplink, peer, reason);
        return false;
    }
    client_log_write(
        uplink->config.log, TCPSTORE_LOG_DEBUG, "client-accepted", NULL, peer, "clients=%u",
        uplink->connections);
    uplink->config.changed(uplink->config.context);
    return true;
}

bool uplink_adopt(
    struct uplink *uplink, struct stream *stream, const union address *peer,
    const struct uplink_port *port)
{
    return admit_stream(uplink, stream, peer, false, port);
}

void uplink_admit(
    struct uplink *uplink, int fd, const union address *peer, bool is_local,
    const struct uplink_port *port)
{
    struct stream *stream;
    int status = tcp_stream_open(
        uplink->config.loop, fd, uplink->config.memory, NULL, NULL, NULL, &stream);

    if (status) {
        log_refusal(uplink, peer, uv_strerror(status));
        close(fd);
    } else if (!admit_stream(uplink, stream, peer, is_local, port)) {
        discard_stream(stream);
    }
}

bool uplink_finds_store(const struct uplink *uplink, struct relay_path *ret_path)
{
    *ret_path = uplink->above;
    if (!relay_path_is_full(ret_path))
        relay_path_add(ret_path, uplink->instance);
    return uplink->is_known;
}

static void on_expired(struct deadline *deadline)
{
    uplink_client_expire(CONTAINER_OF(deadline, struct uplink_client, deadline));
}

static void init_timer(struct uplink *uplink, uv_timer_t *timer)
{
    uv_timer_init(uplink->config.loop, timer);
    timer->data = uplink;
}

void uplink_init(struct uplink *uplink, const struct uplink_config *config)
{
    static const struct dialer_events events = {on_connected, on_dial_failed};
    size_t size = sizeof(uplink->name);

    uplink->config = *config;
    uplink->shared = (struct uplink_shared){
        .memory = config->memory,
        .buffer = uplink->client_buffer,
        .window = TRUNK_WINDOW,
        .wake = on_wake,
        .begun = on_begun,
        .serve_http = on_http,
        .gone = on_gone,
        .left = on_left,
    };
    asking_init(&uplink->shared.asking, config->loop, config->memory, &uplink_client_asking);
    deadlines_init(&uplink->shared.beginning, config->loop, config->validate_ms, on_expired);
    deadlines_init(&uplink->shared.deadlines, config->loop, LEAVING_MS, on_expired);
    uv_random(NULL, NULL, uplink->instance, sizeof(uplink->instance), 0, NULL);
    take_new_id(uplink);
    if (uv_os_gethostname(uplink->name, &size))
        uplink->name[0] = '\0';
    uplink->turn.run = on_turn;
    uplink->away_ms = AWAY_MS;
    uplink->delay_ms = DELAY_MIN_MS;
    uplink->waiting_since = now(uplink);
    init_timer(uplink, &uplink->retry);
    init_timer(uplink, &uplink->away);
    init_timer(uplink, &uplink->acknowledgement);
    identifying_init(&uplink->identifying, config->loop, config->identified, config->memory);
    dialer_init(&uplink->dialer, config->loop, config->memory, config->secure, &events);
    dial(uplink);
}

void uplink_leave_port(struct uplink *uplink, const struct uplink_port *port)
{
    for (uint32_t i = 0; i < uplink->slot_count; i++) {
        struct uplink_client *client = uplink->slots[i].client;

        if (client != NULL && client->is_new && client->port == port)
            uplink_client_drop(client, "its store is closed");
    }
}

/* So that the store need not wait for the relay to return. */
static void tell_that_all_leave(struct uplink *uplink)
{
    for (uint32_t i = 0; i < uplink->slot_count; i++)
        if (uplink->slots[i].client != NULL)
            uplink_client_tell_left(uplink->slots[i].client);
    pump(uplink);
}

void uplink_close(struct uplink *uplink)
{
    tell_that_all_leave(uplink);
    turn_cancel(&uplink->turn);
    for (uint32_t i = 0; i < uplink->slot_count; i++)
        if (uplink->slots[i].client != NULL)
            uplink_client_drop(uplink->slots[i].client, "the relay stops");
    asking_close(&uplink->shared.asking);
    deadlines_close(&uplink->shared.beginning);
    identifying_close(&uplink->identifying);
    deadlines_close(&uplink->shared.deadlines);
    uv_close((uv_handle_t *)&uplink->retry, NULL);
    uv_close((uv_handle_t *)&uplink->away, NULL);
    uv_close((uv_handle_t *)&uplink->acknowledgement, NULL);
    dialer_close(&uplink->dialer);
    if (uplink->is_link_open)
        link_close(&uplink->link);
}

void uplink_done(struct uplink *uplink)
{
    trunk_done(&uplink->shared.trunk);
    if (uplink->slots != NULL)
        memory_free(
            uplink->config.memory, uplink->slots, uplink->slot_count * sizeof(*uplink->slots));
}
