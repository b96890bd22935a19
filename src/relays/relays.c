/*
 * Happy path: a link says HELLO, gets WELCOME, and is its relay's until it breaks; then the
 * relay comes with another one.
 *
 * Failures: a link that says no HELLO in time, or a wrong one; a relay that the server has
 * forgotten; a relay that breaks the rules of the trunk, that is away for too long, or for
 * which memory is refused. The link is closed, and in the last cases the relay's clients leave:
 * a line in the log says why.
 */
#include "relays/relays.h"

#include <unistd.h>

#include "base/container.h"

enum {
    GREETING_MS = 10000,
    SWEEPS = 8, /* in the time for which a relay may be away */
    RELAYS_MAX = 16384,
    HIGH_WATER = 4 << 20, /* bytes to a relay that it has not acknowledged */
};

struct guest;

struct known {
    struct list link;
    struct relays *relays;
    struct relay relay;
    struct guest *guest; /* NULL: it is away */
    union address peer;  /* of its latest link */
    uint64_t away_since; /* ms of the loop's clock */
    bool has_ended;      /* it is freed when its streams are */
    char name[LOG_QUOTED_MAX];
};

struct guest {
    struct list list;
    struct link link;
    struct relays *relays;
    struct known *known; /* NULL: it has not said HELLO */
    struct deadline deadline;
    union address peer;
};

static struct guest *guest_of(struct link *link)
{
    return CONTAINER_OF(link, struct guest, link);
}

static struct known *known_of(struct relay *relay)
{
    return CONTAINER_OF(relay, struct known, relay);
}

/* Lines about a relay. `reason` is a static string. */
static void report(
    const struct known *known, enum tcpstore_log_level level, const char *event,
    const char *reason)
{
    client_log_write(
        known->relays->config.log, level, event, reason, &known->peer,
        "relay=%s clients=%zu reason=\"%s\"", known->name, known->relay.carrier.streams,
        reason);
}

static void close_guest(struct guest *guest)
{
    deadline_cancel(&guest->deadline);
    if (guest->known != NULL)
        guest->known->guest = NULL;
    guest->known = NULL;
    link_close(&guest->link);
}

static void free_known(struct known *known)
{
    struct relays *relays = known->relays;

    list_remove(&known->link);
    relays->count--;
    relay_done(&known->relay);
    memory_free(relays->config.memory, known, sizeof(*known));
}

static void end_known(struct known *known, int status, const char *reason)
{
    if (known->has_ended)
        return;
    report(
        known, known->relay.carrier.streams > 0 ? TCPSTORE_LOG_WARN : TCPSTORE_LOG_INFO,
        "relay-gone", reason);
    known->has_ended = true;
    if (known->guest != NULL)
        close_guest(known->guest);
    relay_end(&known->relay, status);
    turns_add(known->relays->config.turns, &known->relay.turn); /* frees it */
}

static void on_sweep(uv_timer_t *timer)
{
    struct relays *relays = timer->data;
    uint64_t now = uv_now(relays->config.loop);
    bool is_any_away = false;
    struct list *link;

    for (link = relays->known.next; link != &relays->known; link = link->next) {
        struct known *known = CONTAINER_OF(link, struct known, link);

        if (known->guest != NULL || known->has_ended)
            continue;
        if (now - known->away_since >= relays->config.welcome.away_ms)
            end_known(known, UV_ETIMEDOUT, "it was away for --relay-timeout");
        else
            is_any_away = true;
    }
    if (!is_any_away)
        uv_timer_stop(timer);
}

static void note_away(struct known *known)
{
    struct relays *relays = known->relays;
    uint64_t ms = relays->config.welcome.away_ms / SWEEPS + 1;

    known->away_since = uv_now(relays->config.loop);
    if (!uv_is_active((uv_handle_t *)&relays->sweep))
        uv_timer_start(&relays->sweep, on_sweep, ms, ms);
}

static void refuse_guest(struct guest *guest, const char *reason)
{
    client_log_write(
        guest->relays->config.log, TCPSTORE_LOG_WARN, "relay-refused", reason, &guest->peer,
        "reason=\"%s\"", reason);
    close_guest(guest);
}

static void on_broken(struct link *link, const char *reason)
{
    struct guest *guest = guest_of(link);
    struct known *known = guest->known;

    if (known == NULL) {
        refuse_guest(guest, reason);
        return;
    }
    report(known, TCPSTORE_LOG_WARN, "relay-lost", reason);
    close_guest(guest);
    note_away(known);
}

static void pump(struct known *known)
{
    struct relay *relay = &known->relay;

    if (known->guest != NULL && !link_pump(
                                    &known->guest->link, &relay->carrier.trunk.outgoing,
                                    relay->carrier.trunk.incoming.received))
        on_broken(&known->guest->link, "its connection has failed");
}

static void on_ready(void *context, struct relay *relay)
{
    struct known *known = known_of(relay);

    (void)context;
    if (relay->carrier.has_failed)
        end_known(known, UV_ENOMEM, "out of memory");
    pump(known);
    if (known->has_ended && relay->carrier.streams == 0)
        free_known(known);
}

static bool on_opened(
    void *context, struct relay *relay, const struct opening *opening, struct stream *stream)
{
    const struct relays *relays = context;
    union address peer = known_of(relay)->peer;

    address_set_port(&peer, opening->port);
    return relays->config.opened(relays->config.context, opening, &peer, stream);
}

static void on_writable(struct link *link)
{
    struct guest *guest = guest_of(link);

    if (guest->known != NULL)
        pump(guest->known);
}

static struct known *find_known(const struct relays *relays, const uint8_t id[GREETING_ID_SIZE])
{
    struct list *link;

    for (link = relays->known.next; link != &relays->known; link = link->next) {
        struct known *known = CONTAINER_OF(link, struct known, link);

        if (!known->has_ended && memcmp(known->relay.id, id, GREETING_ID_SIZE) == 0)
            return known;
    }
    return NULL;
}

/* NULL: memory is refused. */
static struct known *add_known(struct relays *relays, const struct hello *hello)
{
    struct known *known = memory_alloc(relays->config.memory, sizeof(*known));

    if (known == NULL)
        return NULL;
    *known = (struct known){.relays = relays};
    relay_init(&known->relay, &relays->relay_config, hello->relay);
    log_quote(hello->name, known->name);
    list_append(&relays->known, &known->link);
    relays->count++;
    return known;
}

static void refuse_hello(struct guest *guest, enum refused_code code, const char *reason)
{
    const struct refused refused = {code, span_of(reason, strlen(reason))};
    uint8_t frame[GREETING_MAX];
    uint8_t *end = greeting_put_refused(frame, &refused);

    if (!link_greet(&guest->link, span_of(frame, (size_t)(end - frame))))
        reason = "its connection has failed"; /* what it was to be told */
    refuse_guest(guest, reason);
}

static bool welcome(struct guest *guest, const struct known *known)
{
    struct welcome welcome = guest->relays->config.welcome;
    uint8_t frame[GREETING_MAX];
    uint8_t *end;

    welcome.received = known->relay.carrier.trunk.incoming.received;
    end = greeting_put_welcome(frame, &welcome);
    return link_greet(&guest->link, span_of(frame, (size_t)(end - frame)));
}

static void report_link(const struct known *known, bool is_known)
{
    if (is_known)
        report(known, TCPSTORE_LOG_INFO, "relay-returned", "it has another connection");
    else
        report(known, TCPSTORE_LOG_INFO, "relay-connected", "it is new");
}

/* Of two links, the older one is of a connection that the relay has given up. */
static void attach(struct guest *guest, struct known *known, const struct hello *hello)
{
    struct trunk *trunk = &known->relay.carrier.trunk;

    if (known->guest != NULL)
        close_guest(known->guest);
    known->peer = guest->peer;
    known->guest = guest;
    guest->known = known;
    report_link(known, hello->is_known);
    if (trunk_resume(trunk, hello->received) && welcome(guest, known))
        pump(known);
    else
        on_broken(&guest->link, "its connection has failed");
}

/* It greets with a number that it cannot have. If it has a good link, this one is of a
 * connection that it has given up; else it cannot go on. */
static void refuse_to_resume(struct guest *guest, struct known *known)
{
    static const char reason[] = "it has not received what it has acknowledged";

    refuse_hello(guest, REFUSED_GONE, reason);
    if (known->guest == NULL)
        end_known(known, UV_EPROTO, reason);
}

static void greet(struct guest *guest, const struct frame *frame)
{
    struct relays *relays = guest->relays;
    struct hello hello;
    struct known *known;

    if (!greeting_read_hello(frame, &hello)) {
        refuse_guest(guest, "it does not begin with HELLO");
        return;
    }
    if (hello.version != GREETING_VERSION) {
        refuse_hello(guest, REFUSED_VERSION, "it speaks another version of the trunk");
        return;
    }
    deadline_cancel(&guest->deadline);
    known = find_known(relays, hello.relay);
    if (known == NULL && hello.is_known)
        refuse_hello(guest, REFUSED_GONE, "it is forgotten, and its clients have left");
    else if (known == NULL && relays->count == RELAYS_MAX)
        refuse_hello(guest, REFUSED_FULL, "there are too many relays");
    else if (known == NULL && (known = add_known(relays, &hello)) == NULL)
        refuse_hello(guest, REFUSED_FULL, "the store has no memory for another relay");
    else if (!trunk_can_resume(&known->relay.carrier.trunk, hello.received))
        refuse_to_resume(guest, known);
    else
        attach(guest, known, &hello);
}

static void on_frame(struct link *link, const struct frame *frame)
{
    struct guest *guest = guest_of(link);

    if (guest->known == NULL)
        greet(guest, frame);
    else if (!relay_take(&guest->known->relay, frame))
        end_known(guest->known, UV_EPROTO, "it breaks the rules of the trunk");
}

static void on_closed(struct link *link)
{
    struct guest *guest = guest_of(link);

    list_remove(&guest->list);
    memory_free(guest->relays->config.memory, guest, sizeof(*guest));
}

static void on_expired(struct deadline *deadline)
{
    refuse_guest(CONTAINER_OF(deadline, struct guest, deadline), "it says no HELLO in time");
}

void relays_init(struct relays *relays, const struct relays_config *config)
{
    relays->config = *config;
    relays->relay_config = (struct relay_config){
        .turns = config->turns,
        .memory = config->memory,
        .high_water = HIGH_WATER,
        .opened = on_opened,
        .ready = on_ready,
        .context = relays,
    };
    list_init(&relays->guests);
    list_init(&relays->known);
    relays->count = 0;
    deadlines_init(&relays->greetings, config->loop, GREETING_MS, on_expired);
    uv_timer_init(config->loop, &relays->sweep);
    relays->sweep.data = relays;
}

/* NULL: memory is refused, or the socket is not usable. */
static struct guest *open_guest(struct relays *relays, int fd)
{
    static const struct link_events events = {on_frame, on_writable, on_broken, on_closed};
    struct memory *memory = relays->config.memory;
    struct guest *guest = memory_alloc(memory, sizeof(*guest));

    if (guest == NULL)
        return NULL;
    *guest = (struct guest){.relays = relays};
    if (link_open(&guest->link, relays->config.loop, fd, memory, relays->buffer, &events) == 0)
        return guest;
    memory_free(memory, guest, sizeof(*guest));
    return NULL;
}

void relays_admit(struct relays *relays, int fd, const union address *peer)
{
    static const char reason[] = "no memory for its connection";
    struct guest *guest = open_guest(relays, fd);

    if (guest == NULL) {
        client_log_write(
            relays->config.log, TCPSTORE_LOG_WARN, "relay-refused", reason, peer,
            "reason=\"%s\"", reason);
        close(fd);
        return;
    }
    guest->peer = *peer;
    list_append(&relays->guests, &guest->list);
    deadlines_start(&relays->greetings, &guest->deadline);
    if (!link_start(&guest->link))
        refuse_guest(guest, "its connection has failed");
}

void relays_close(struct relays *relays)
{
    struct list *link, *next;

    for (link = relays->known.next; link != &relays->known; link = link->next) {
        struct known *known = CONTAINER_OF(link, struct known, link);

        relay_tell_closed(&known->relay);
        pump(known); /* so that its clients learn that they are disconnected */
    }
    deadlines_close(&relays->greetings);
    uv_close((uv_handle_t *)&relays->sweep, NULL);
    for (link = relays->guests.next; link != &relays->guests; link = next) {
        next = link->next;
        close_guest(CONTAINER_OF(link, struct guest, list));
    }
}

void relays_done(struct relays *relays)
{
    while (!list_is_empty(&relays->known))
        free_known(CONTAINER_OF(relays->known.next, struct known, link));
}
