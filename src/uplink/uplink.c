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

#include "base/container.h"

enum {
    DELAY_MIN_MS = 50, /* before the first try after a failure; then it doubles */
    DELAY_MAX_MS = 2000,
    GREETING_MS = 5000,
    AWAY_MS = 30000,        /* until a store tells another time */
    REPORT_MS = 10000,      /* until the log says that the relay waits; then it doubles */
    CHANGES_MAX = 10,       /* of the reason, that the log tells besides, of one wait */
    SILENT_MS = 3000,       /* until a store that owes an answer counts as away for HTTP */
    HIGH_WATER = 512 << 10, /* bytes that the store has not acknowledged: clients pause */

    /* What is sent acknowledges what has come; without anything to send, it waits so long, or
     * for so many bytes. */
    ACKNOWLEDGE_MS = 20,
    OWED_MAX = 64 << 10,
};

static struct uplink *uplink_of(struct uplink_shared *shared)
{
    return CONTAINER_OF(shared, struct uplink, clients.shared);
}

static uint64_t now(const struct uplink *uplink)
{
    return uv_now(uplink->config.loop);
}

/* `reason` is a static string. */
static void report(
    const struct uplink *uplink, enum tcpstore_log_level level, const char *event,
    const char *reason)
{
    const struct upstream *upstream = &uplink->config.upstreams[uplink->next];

    client_log_write(
        uplink->config.log, level, event, reason, NULL,
        "upstream=%s:%s clients=%u reason=\"%s\"", upstream->host, upstream->port,
        uplink->clients.speaking, reason);
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
    trunk_init(
        &uplink->clients.shared.trunk, uplink->config.memory, HIGH_WATER, &events, uplink);
}

static void lose(struct uplink *uplink, const char *reason, enum remedy remedy);

/* All of its clients are disconnected, and it is a new relay from now on. */
static void start_anew(struct uplink *uplink, const char *reason, enum remedy remedy)
{
    if (uplink->state == UPLINK_GREETING || uplink->state == UPLINK_LINKED)
        lose(uplink, reason, remedy); /* it is the old id's */
    report(uplink, TCPSTORE_LOG_ERROR, "relay-forgotten", reason);
    uv_timer_stop(&uplink->away);
    uplink_clients_drop(&uplink->clients, reason);
    uplink->config.forgotten(uplink->config.context);
    uplink->config.stores.forgotten(uplink->config.stores.context);
    trunk_done(&uplink->clients.shared.trunk);
    take_new_id(uplink);
}

static void on_away(uv_timer_t *timer)
{
    start_anew(
        timer->data, "no store was reached for as long as it waits for a relay",
        REMEDY_FORGOTTEN);
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
        lose(uplink, "it accepts the connection, but does not greet", REMEDY_PORT);
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

/* Of several upstreams, each of which has a reason of its own, one is reported. Reasons that
 * take turns for ever do not fill the log. */
static bool has_changed(const struct uplink *uplink)
{
    return uplink->reported == uplink->next && uplink->changes < CHANGES_MAX &&
           strcmp(uplink->reported_why, uplink->why) != 0;
}

static void note_report(struct uplink *uplink)
{
    uplink->reported = uplink->next;
    memcpy(uplink->reported_why, uplink->why, sizeof(uplink->why));
}

static void report_waiting(struct uplink *uplink, const char *reason)
{
    uint64_t waited_ms = now(uplink) - uplink->waiting_since;
    bool is_due = waited_ms >= uplink->next_report_ms;
    const struct upstream *upstream = &uplink->config.upstreams[uplink->next];

    if (!is_due && !has_changed(uplink))
        return;
    if (is_due)
        uplink->next_report_ms = uplink->next_report_ms == 0 ? REPORT_MS : 2 * waited_ms;
    else
        uplink->changes++;
    note_report(uplink);
    client_log_write(
        uplink->config.log, TCPSTORE_LOG_WARN, "upstream-waiting", reason, NULL,
        "upstream=%s:%s clients=%u reason=\"%s\" next=\"%s\"", upstream->host, upstream->port,
        uplink->clients.speaking, uplink->why, remedy_text(uplink->remedy));
}

static void try_next(struct uplink *uplink)
{
    uplink->next = (uplink->next + 1) % uplink->config.upstream_count;
    if (uplink->next == 0 && uplink->delay_ms < DELAY_MAX_MS)
        uplink->delay_ms *= 2;
    wait_to_retry(uplink);
}

static void note_failure(
    struct uplink *uplink, const char *reason, const char *detail, enum remedy remedy)
{
    tls_failure_text(reason, detail, uplink->why);
    uplink->remedy = remedy;
    uplink->tried = uplink->next;
}

/* `reason` is a static string. */
static void fail(
    struct uplink *uplink, const char *reason, const char *detail, enum remedy remedy)
{
    note_failure(uplink, reason, detail, remedy);
    report_waiting(uplink, reason);
    try_next(uplink);
}

static void on_dial_failed(struct dialer *dialer)
{
    fail(
        CONTAINER_OF(dialer, struct uplink, dialer), dialer->why.reason, dialer->why.detail,
        dialer->remedy);
}

/* `reason` is a static string. */
static void lose(struct uplink *uplink, const char *reason, enum remedy remedy)
{
    link_close(&uplink->link);
    if (uplink->state == UPLINK_LINKED) {
        report(uplink, TCPSTORE_LOG_WARN, "upstream-lost", reason);
        note_failure(uplink, reason, "", remedy);
        uplink->waiting_since = now(uplink);
        uplink->next_report_ms = REPORT_MS;
        uplink->changes = 0;
        note_report(uplink);
        uv_timer_start(&uplink->away, on_away, uplink->away_ms, 0);
        wait_to_retry(uplink); /* the same one: others do not know this relay */
    } else {
        fail(uplink, reason, "", remedy);
    }
}

static void on_broken(struct link *link, const char *reason)
{
    struct uplink *uplink = CONTAINER_OF(link, struct uplink, link);

    if (uplink->state != UPLINK_GREETING)
        lose(uplink, reason, REMEDY_REACH);
    else if (uplink->config.secure == NULL)
        lose(
            uplink, "it has broken the connection at once: it may want TLS; its log says why",
            REMEDY_NO_CREDENTIALS);
    else
        lose(uplink, reason, REMEDY_CREDENTIALS);
}

static bool is_owed_an_answer(const struct uplink *uplink)
{
    return uplink->clients.shared.trunk.outgoing.bytes > 0;
}

/* It acknowledges what has come, too. */
static void pump(struct uplink *uplink)
{
    uplink->owed = 0;
    if (uplink->silent_since == 0 && is_owed_an_answer(uplink))
        uplink->silent_since = now(uplink);
    if (uplink->state == UPLINK_LINKED &&
        !link_pump(
            &uplink->link, &uplink->clients.shared.trunk.outgoing,
            uplink->clients.shared.trunk.incoming.received))
        lose(uplink, "the connection has failed", REMEDY_REACH);
}

static void on_writable(struct link *link)
{
    pump(CONTAINER_OF(link, struct uplink, link));
}

static void on_turn(struct turn *turn)
{
    struct uplink *uplink = CONTAINER_OF(turn, struct uplink, turn);

    if (uplink->clients.shared.trunk.has_failed)
        start_anew(uplink, "out of memory", REMEDY_LIMIT);
    pump(uplink);
}

static void on_room(void *owner)
{
    struct uplink *uplink = owner;

    uplink_clients_go_on(&uplink->clients);
}

static bool on_item(void *owner, const struct item *item)
{
    struct uplink *uplink = owner;
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
        return uplink_clients_take(&uplink->clients, item);
    }
}

static void enter(struct uplink *uplink, const struct welcome *welcome)
{
    if (welcome->version != GREETING_VERSION) {
        lose(uplink, "it speaks another version of the trunk", REMEDY_VERSION);
        return;
    }
    if (!trunk_resume(&uplink->clients.shared.trunk, welcome->received)) {
        start_anew(uplink, "it has forgotten what it has acknowledged", REMEDY_FORGOTTEN);
        return;
    }
    uv_timer_stop(&uplink->retry);
    uplink->state = UPLINK_LINKED;
    uplink->linked_since = now(uplink);
    uplink->links++;
    uplink->is_known = true;
    uplink->above = welcome->path;
    uplink->welcomed_by = uplink->next;
    uplink->clients.shared.window = welcome->window;
    uplink->away_ms = welcome->away_ms;
    uplink->delay_ms = DELAY_MIN_MS;
    uplink->silent_since = 0;
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

static enum remedy remedy_for(const struct refused *refused)
{
    switch (refused->code) {
    case REFUSED_VERSION:
        return REMEDY_VERSION;
    case REFUSED_GONE:
        return REMEDY_FORGOTTEN;
    case REFUSED_ALONE:
        return REMEDY_WITHOUT_STORE;
    case REFUSED_CIRCLE:
    case REFUSED_DEEP:
        return REMEDY_CIRCLE;
    default:
        return REMEDY_REFUSED;
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
            start_anew(uplink, reason_of(&refused), remedy_for(&refused));
        else
            lose(uplink, reason_of(&refused), remedy_for(&refused));
    } else {
        lose(uplink, "it is no store's trunk", REMEDY_PORT);
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
        on_wake(&uplink->clients.shared);
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
    if (!trunk_take(&uplink->clients.shared.trunk, frame))
        start_anew(uplink, "the store breaks the rules of the trunk", REMEDY_VERSION);
    uplink->silent_since = is_owed_an_answer(uplink) ? now(uplink) : 0;
}

static void on_link_closed(struct link *link)
{
    CONTAINER_OF(link, struct uplink, link)->is_link_open = false;
}

static bool say_hello(struct uplink *uplink)
{
    struct hello hello = {
        .version = GREETING_VERSION,
        .received = uplink->clients.shared.trunk.incoming.received,
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
        lose(uplink, "the connection has failed", REMEDY_REACH);
}

bool uplink_finds_store(const struct uplink *uplink, struct relay_path *ret_path)
{
    *ret_path = uplink->above;
    if (!relay_path_is_full(ret_path))
        relay_path_add(ret_path, uplink->instance);
    return uplink->is_known;
}

uint64_t uplink_silence(const struct uplink *uplink)
{
    bool is_silent = uplink->state == UPLINK_LINKED && uplink->silent_since > 0;

    return is_silent ? now(uplink) - uplink->silent_since : 0;
}

bool uplink_is_well(const struct uplink *uplink)
{
    return uplink->state == UPLINK_LINKED && uplink_silence(uplink) < SILENT_MS;
}

static bool clients_find_store(const struct uplink_clients *clients)
{
    return uplink_is_well(CONTAINER_OF(clients, struct uplink, clients));
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
    uplink_clients_init(&uplink->clients, &uplink->config, on_wake, clients_find_store);
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
    dialer_init(&uplink->dialer, config->loop, config->memory, config->secure, &events);
    dial(uplink);
}

void uplink_close(struct uplink *uplink)
{
    uplink_clients_tell_left(&uplink->clients); /* the store need not wait for this relay */
    pump(uplink);
    turn_cancel(&uplink->turn);
    uplink_clients_close(&uplink->clients);
    uv_close((uv_handle_t *)&uplink->retry, NULL);
    uv_close((uv_handle_t *)&uplink->away, NULL);
    uv_close((uv_handle_t *)&uplink->acknowledgement, NULL);
    dialer_close(&uplink->dialer);
    if (uplink->is_link_open)
        link_close(&uplink->link);
}

void uplink_done(struct uplink *uplink)
{
    trunk_done(&uplink->clients.shared.trunk);
    uplink_clients_done(&uplink->clients);
}
