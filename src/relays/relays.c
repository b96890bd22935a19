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

#include <stdio.h>
#include <string.h>

#include "base/container.h"
#include "server/discard.h"

enum {
    GREETING_MS = 10000,
    SWEEPS = 8, /* in the time for which a relay may be away */
    RELAYS_MAX = 16384,
    HIGH_WATER = 4 << 20, /* bytes to a relay that it has not acknowledged */
    RELAY_NAME_MAX = 256,
};

struct connection;

struct relay_entry {
    struct list link;
    struct relays *relays;
    struct relay relay;
    struct connection *connection; /* NULL: it is away */
    union address peer;            /* of its latest link */
    uint64_t away_since;           /* ms of the loop's clock */
    bool has_ended;                /* it is freed when its streams are */
    char host[LOG_QUOTED_MAX];
    char name[RELAY_NAME_MAX]; /* proven; "": nothing proves it */
};

struct connection {
    struct list list;
    struct link link;
    struct relays *relays;
    struct relay_entry *entry; /* NULL: it has not said HELLO */
    struct deadline deadline;
    union address peer;
    const char *name; /* proven; borrowed from the stream */
};

static struct connection *connection_of(struct link *link)
{
    return CONTAINER_OF(link, struct connection, link);
}

static struct relay_entry *entry_of(struct relay *relay)
{
    return CONTAINER_OF(relay, struct relay_entry, relay);
}

/* Lines about a relay. `reason` is a static string. */
static void report(
    const struct relay_entry *entry, enum tcpstore_log_level level, const char *event,
    const char *reason)
{
    client_log_write(
        entry->relays->config.log, level, event, reason, &entry->peer,
        "relay=%s%s%s clients=%zu reason=\"%s\"", entry->host,
        entry->name[0] == '\0' ? "" : " name=", entry->name, entry->relay.shared.streams,
        reason);
}

static void close_connection(struct connection *connection)
{
    deadline_cancel(&connection->deadline);
    if (connection->entry != NULL)
        connection->entry->connection = NULL;
    connection->entry = NULL;
    link_close(&connection->link);
}

static void free_entry(struct relay_entry *entry)
{
    struct relays *relays = entry->relays;

    list_remove(&entry->link);
    relays->count--;
    relay_done(&entry->relay);
    memory_free(relays->config.memory, entry, sizeof(*entry));
}

static void end_entry(struct relay_entry *entry, int status, const char *reason)
{
    if (entry->has_ended)
        return;
    report(
        entry, entry->relay.shared.streams > 0 ? TCPSTORE_LOG_WARN : TCPSTORE_LOG_INFO,
        "relay-gone", reason);
    entry->has_ended = true;
    if (entry->connection != NULL)
        close_connection(entry->connection);
    relay_end(&entry->relay, status);
    turns_add(entry->relays->config.turns, &entry->relay.turn); /* frees it */
}

static void on_sweep(uv_timer_t *timer)
{
    struct relays *relays = timer->data;
    uint64_t now = uv_now(relays->config.loop);
    bool is_any_away = false;
    struct list *link;

    for (link = relays->entries.next; link != &relays->entries; link = link->next) {
        struct relay_entry *entry = CONTAINER_OF(link, struct relay_entry, link);

        if (entry->connection != NULL || entry->has_ended)
            continue;
        if (now - entry->away_since >= relays->config.welcome.away_ms)
            end_entry(entry, UV_ETIMEDOUT, "it was away for --relay-timeout");
        else
            is_any_away = true;
    }
    if (!is_any_away)
        uv_timer_stop(timer);
}

static void note_away(struct relay_entry *entry)
{
    struct relays *relays = entry->relays;
    uint64_t ms = relays->config.welcome.away_ms / SWEEPS + 1;

    entry->away_since = uv_now(relays->config.loop);
    if (!uv_is_active((uv_handle_t *)&relays->sweep))
        uv_timer_start(&relays->sweep, on_sweep, ms, ms);
}

static void refuse_connection(struct connection *connection, const char *reason)
{
    client_log_write(
        connection->relays->config.log, TCPSTORE_LOG_WARN, "relay-refused", reason,
        &connection->peer, "%s%s%sreason=\"%s\"",
        connection->name[0] == '\0' ? "" : "name=", connection->name,
        connection->name[0] == '\0' ? "" : " ", reason);
    close_connection(connection);
}

static void on_broken(struct link *link, const char *reason)
{
    struct connection *connection = connection_of(link);
    struct relay_entry *entry = connection->entry;

    if (entry == NULL) {
        refuse_connection(connection, reason);
        return;
    }
    report(entry, TCPSTORE_LOG_WARN, "relay-lost", reason);
    close_connection(connection);
    note_away(entry);
}

static void pump(struct relay_entry *entry)
{
    struct relay *relay = &entry->relay;

    if (entry->connection != NULL &&
        !link_pump(
            &entry->connection->link, &relay->shared.trunk.outgoing,
            relay->shared.trunk.incoming.received))
        on_broken(&entry->connection->link, "its connection has failed");
}

static void on_ready(void *context, struct relay *relay)
{
    struct relay_entry *entry = entry_of(relay);

    (void)context;
    if (relay->shared.trunk.has_failed)
        end_entry(entry, UV_ENOMEM, "out of memory");
    pump(entry);
    if (entry->has_ended && relay->shared.streams == 0)
        free_entry(entry);
}

static bool on_opened(
    void *context, struct relay *relay, const struct opening *opening, struct stream *stream)
{
    const struct relays *relays = context;
    union address peer = entry_of(relay)->peer;

    address_set_port(&peer, opening->port);
    return relays->config.opened(relays->config.context, opening, &peer, stream);
}

static void on_writable(struct link *link)
{
    struct connection *connection = connection_of(link);

    if (connection->entry != NULL)
        pump(connection->entry);
}

static struct relay_entry *find_entry(
    const struct relays *relays, const uint8_t id[GREETING_ID_SIZE])
{
    struct list *link;

    for (link = relays->entries.next; link != &relays->entries; link = link->next) {
        struct relay_entry *entry = CONTAINER_OF(link, struct relay_entry, link);

        if (!entry->has_ended && memcmp(entry->relay.id, id, GREETING_ID_SIZE) == 0)
            return entry;
    }
    return NULL;
}

/* NULL: memory is refused. */
static struct relay_entry *add_entry(struct relays *relays, const struct hello *hello)
{
    struct relay_entry *entry = memory_alloc(relays->config.memory, sizeof(*entry));

    if (entry == NULL)
        return NULL;
    *entry = (struct relay_entry){.relays = relays};
    relay_init(&entry->relay, &relays->relay_config, hello);
    log_quote(hello->name, entry->host);
    list_append(&relays->entries, &entry->link);
    relays->count++;
    relays->config.arrived(relays->config.context, &entry->relay);
    return entry;
}

static void refuse_hello(
    struct connection *connection, enum refused_code code, const char *reason)
{
    const struct refused refused = {code, span_of(reason, strlen(reason))};
    uint8_t frame[GREETING_MAX];
    uint8_t *end = greeting_put_refused(frame, &refused);

    if (!link_greet(&connection->link, span_of(frame, (size_t)(end - frame))))
        reason = "its connection has failed"; /* what it was to be told */
    refuse_connection(connection, reason);
}

static bool welcome(struct connection *connection, const struct relay_entry *entry)
{
    const struct relays *relays = connection->relays;
    struct welcome welcome = relays->config.welcome;
    uint8_t frame[GREETING_MAX];
    uint8_t *end;

    welcome.received = entry->relay.shared.trunk.incoming.received;
    relays->config.finds_store(relays->config.context, &welcome.path);
    end = greeting_put_welcome(frame, &welcome);
    return link_greet(&connection->link, span_of(frame, (size_t)(end - frame)));
}

static void report_link(const struct relay_entry *entry, bool is_known)
{
    if (is_known)
        report(entry, TCPSTORE_LOG_INFO, "relay-returned", "it has another connection");
    else
        report(entry, TCPSTORE_LOG_INFO, "relay-connected", "it is new");
}

/* Of two links, the older one is of a connection that the relay has given up. */
static void attach(
    struct connection *connection, struct relay_entry *entry, const struct hello *hello)
{
    struct trunk *trunk = &entry->relay.shared.trunk;

    if (entry->connection != NULL)
        close_connection(entry->connection);
    entry->peer = connection->peer;
    snprintf(entry->name, sizeof(entry->name), "%s", connection->name);
    entry->connection = connection;
    connection->entry = entry;
    report_link(entry, hello->is_known);
    if (trunk_resume(trunk, hello->received) && welcome(connection, entry))
        pump(entry);
    else
        on_broken(&connection->link, "its connection has failed");
}

/* It greets with a number that it cannot have. If it has a good link, this one is of a
 * connection that it has given up; else it cannot go on. */
static void refuse_to_resume(struct connection *connection, struct relay_entry *entry)
{
    static const char reason[] = "it has not received what it has acknowledged";

    refuse_hello(connection, REFUSED_GONE, reason);
    if (entry->connection == NULL)
        end_entry(entry, UV_EPROTO, reason);
}

/* Returns why the relay, which is not known here, cannot reach the store from here; NULL: it
 * can. */
static const char *refuse_path(
    const struct relays *relays, const struct hello *hello, enum refused_code *ret_code)
{
    struct relay_path path = {0};
    bool has_store = relays->config.finds_store(relays->config.context, &path);

    if (relay_path_has(&path, hello->instance)) {
        *ret_code = REFUSED_CIRCLE;
        return "relays go round in a circle: this one reaches its store by the one that "
               "connects; one of them needs another --upstream";
    }
    if (hello->is_known) {
        *ret_code = REFUSED_GONE;
        return "it is forgotten, and its clients have left";
    }
    if (!has_store) {
        *ret_code = REFUSED_ALONE;
        return "this server is a relay, and has no store itself yet";
    }
    *ret_code = REFUSED_DEEP;
    return relay_path_is_full(&path) ? "there are too many relays from here to the store"
                                     : NULL;
}

/* NULL: it is refused. */
static struct relay_entry *greet_new(struct connection *connection, const struct hello *hello)
{
    struct relays *relays = connection->relays;
    struct relay_entry *entry = NULL;
    enum refused_code code;
    const char *reason = refuse_path(relays, hello, &code);

    if (reason != NULL)
        refuse_hello(connection, code, reason);
    else if (relays->count == RELAYS_MAX)
        refuse_hello(connection, REFUSED_FULL, "there are too many relays");
    else if ((entry = add_entry(relays, hello)) == NULL)
        refuse_hello(connection, REFUSED_FULL, "the store has no memory for another relay");
    return entry;
}

/* Goes on with one that is known, or new. */
static void greet_back(struct connection *connection, const struct hello *hello)
{
    struct relays *relays = connection->relays;
    struct relay_entry *entry = find_entry(relays, hello->relay);

    if (entry != NULL && relays->config.has_own_names &&
        strcmp(entry->name, connection->name) != 0) {
        refuse_hello(connection, REFUSED_NAME, "it has proved another name before");
        return;
    }
    if (entry == NULL)
        entry = greet_new(connection, hello);
    if (entry == NULL)
        return;
    if (outgoing_can_resume(&entry->relay.shared.trunk.outgoing, hello->received))
        attach(connection, entry, hello);
    else
        refuse_to_resume(connection, entry);
}

static void greet(struct connection *connection, const struct frame *frame)
{
    const struct relays *relays = connection->relays;
    struct hello hello;

    if (!greeting_read_hello(frame, &hello)) {
        refuse_connection(connection, "it does not begin with HELLO");
        return;
    }
    if (hello.version != GREETING_VERSION) {
        refuse_hello(connection, REFUSED_VERSION, "it speaks another version of the trunk");
        return;
    }
    deadline_cancel(&connection->deadline);
    if (relays->config.allows(relays->config.context, connection->name))
        greet_back(connection, &hello);
    else
        refuse_hello(connection, REFUSED_NAME, "its name is not among those of --trunk-allow");
}

static void on_frame(struct link *link, const struct frame *frame)
{
    struct connection *connection = connection_of(link);

    if (connection->entry == NULL)
        greet(connection, frame);
    else if (!relay_take(&connection->entry->relay, frame))
        end_entry(connection->entry, UV_EPROTO, "it breaks the rules of the trunk");
}

static void on_closed(struct link *link)
{
    struct connection *connection = connection_of(link);

    list_remove(&connection->list);
    memory_free(connection->relays->config.memory, connection, sizeof(*connection));
}

static void on_expired(struct deadline *deadline)
{
    refuse_connection(
        CONTAINER_OF(deadline, struct connection, deadline), "it says no HELLO in time");
}

void relays_init(struct relays *relays, const struct relays_config *config)
{
    relays->config = *config;
    relays->relay_config = (struct relay_config){
        .turns = config->turns,
        .memory = config->memory,
        .high_water = HIGH_WATER,
        .identifies = config->identifies,
        .opened = on_opened,
        .ready = on_ready,
        .context = relays,
    };
    list_init(&relays->connections);
    list_init(&relays->entries);
    relays->count = 0;
    deadlines_init(&relays->greetings, config->loop, GREETING_MS, on_expired);
    uv_timer_init(config->loop, &relays->sweep);
    relays->sweep.data = relays;
}

/* NULL: memory is refused. */
static struct connection *open_connection(struct relays *relays, struct stream *stream)
{
    static const struct link_events events = {on_frame, on_writable, on_broken, on_closed};
    struct memory *memory = relays->config.memory;
    struct connection *connection = memory_alloc(memory, sizeof(*connection));

    if (connection == NULL)
        return NULL;
    *connection = (struct connection){.relays = relays};
    link_open(&connection->link, stream, memory, relays->buffer, &events);
    return connection;
}

void relays_admit(
    struct relays *relays, struct stream *stream, const union address *peer, const char *name)
{
    static const char reason[] = "no memory for its connection";
    struct connection *connection = open_connection(relays, stream);

    if (connection == NULL) {
        client_log_write(
            relays->config.log, TCPSTORE_LOG_WARN, "relay-refused", reason, peer,
            "reason=\"%s\"", reason);
        discard_stream(stream);
        return;
    }
    connection->peer = *peer;
    connection->name = name;
    list_append(&relays->connections, &connection->list);
    deadlines_start(&relays->greetings, &connection->deadline);
    if (!link_start(&connection->link))
        refuse_connection(connection, "its connection has failed");
}

void relays_tell_store(struct relays *relays, uint16_t port, struct span name, bool is_open)
{
    struct list *link;

    for (link = relays->entries.next; link != &relays->entries; link = link->next) {
        struct relay_entry *entry = CONTAINER_OF(link, struct relay_entry, link);

        if (!entry->has_ended)
            relay_tell_store(&entry->relay, port, name, is_open);
    }
}

void relays_forget_all(struct relays *relays)
{
    struct list *link;

    for (link = relays->entries.next; link != &relays->entries; link = link->next)
        end_entry(
            CONTAINER_OF(link, struct relay_entry, link), UV_ECONNRESET,
            "the store has forgotten this server, which is a relay itself");
}

void relays_close(struct relays *relays)
{
    struct list *link, *next;

    for (link = relays->entries.next; link != &relays->entries; link = link->next) {
        struct relay_entry *entry = CONTAINER_OF(link, struct relay_entry, link);

        relay_tell_closed(&entry->relay);
        pump(entry); /* so that its clients learn that they are disconnected */
    }
    deadlines_close(&relays->greetings);
    uv_close((uv_handle_t *)&relays->sweep, NULL);
    for (link = relays->connections.next; link != &relays->connections; link = next) {
        next = link->next;
        close_connection(CONTAINER_OF(link, struct connection, list));
    }
}

void relays_done(struct relays *relays)
{
    while (!list_is_empty(&relays->entries))
        free_entry(CONTAINER_OF(relays->entries.next, struct relay_entry, link));
}
