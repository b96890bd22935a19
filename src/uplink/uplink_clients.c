#include "uplink/uplink_clients.h"

#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "server/discard.h"
#include "server/tcp_stream.h"

enum {
    LEAVING_MS = 30000, /* for a client to read what is left */
    SLOTS_MIN = 64,
};

static struct uplink_clients *clients_of(struct uplink_shared *shared)
{
    return CONTAINER_OF(shared, struct uplink_clients, shared);
}

static void on_gone(struct uplink_shared *shared, struct uplink_client *client)
{
    struct uplink_clients *clients = clients_of(shared);

    identifying_forget(client);
    clients->slots[client->number].client = NULL;
    if (client->number < clients->free_hint)
        clients->free_hint = client->number;
    memory_free(clients->config->memory, client, sizeof(*client));
}

static void on_left(
    struct uplink_shared *shared, const struct uplink_client *client, const char *reason)
{
    struct uplink_clients *clients = clients_of(shared);

    clients->connections--;
    clients->speaking -= client->is_speaking;
    client_log_write(
        clients->config->log, TCPSTORE_LOG_DEBUG, "client-closed", reason, &client->peer,
        "reason=\"%s\"", reason);
    clients->config->changed(clients->config->context);
}

static bool add_slots(struct uplink_clients *clients)
{
    struct memory *memory = clients->config->memory;
    uint32_t count = clients->slot_count == 0 ? SLOTS_MIN : 2 * clients->slot_count;
    size_t before = clients->slot_count * sizeof(*clients->slots);
    size_t size = count * sizeof(*clients->slots);
    struct uplink_slot *slots;

    if (count > ITEM_SESSIONS_MAX ||
        clients->slot_count >= 2 * (size_t)clients->config->max_clients + SLOTS_MIN)
        return false;
    slots = clients->slots == NULL ? memory_alloc(memory, size)
                                   : memory_realloc(memory, clients->slots, before, size);
    if (slots == NULL)
        return false;
    memset(slots + clients->slot_count, 0, size - before);
    clients->slots = slots;
    clients->slot_count = count;
    return true;
}

/* False: memory is refused. */
static bool find_number(struct uplink_clients *clients, uint32_t *ret_number)
{
    while (clients->free_hint < clients->slot_count &&
           clients->slots[clients->free_hint].client != NULL)
        clients->free_hint++;
    if (clients->free_hint == clients->slot_count && !add_slots(clients))
        return false;
    *ret_number = clients->free_hint;
    return true;
}

static void log_refusal(
    const struct uplink_clients *clients, const union address *peer, const char *reason)
{
    client_log_write(
        clients->config->log, TCPSTORE_LOG_WARN, "client-refused", reason, peer,
        "reason=\"%s\"", reason);
}

/* Returns why the client is not served; NULL: it is. */
static const char *refuse_client(
    const struct uplink_clients *clients, const struct uplink_client *client)
{
    if (client->port->is_for_http)
        return "it does not speak HTTP, for which this port is";
    if (*clients->config->is_draining)
        return "the relay is draining and accepts no new clients";
    if (clients->speaking >= clients->config->max_clients)
        return tcpstore_strerror(TCPSTORE_ECLIENTS);
    return NULL;
}

static const char *refuse_http(
    const struct uplink_clients *clients, const struct uplink_client *client)
{
    const struct uplink_http *http = &clients->config->http;

    return http->refuse(http->context, &client->peer, client->port);
}

static enum uplink_course on_begun(
    struct uplink_shared *shared, struct uplink_client *client, enum arrival arrival)
{
    struct uplink_clients *clients = clients_of(shared);
    bool is_http = arrival != ARRIVAL_CLIENT;
    const char *reason =
        is_http ? refuse_http(clients, client) : refuse_client(clients, client);

    if (reason != NULL) {
        log_refusal(clients, &client->peer, reason);
        return COURSE_NONE;
    }
    client->is_speaking = !is_http;
    clients->speaking += client->is_speaking;
    if (client->is_speaking && client->is_local)
        identifying_add(&clients->identifying, client);
    if (arrival == ARRIVAL_OWN_HTTP || (is_http && !clients->finds_store(clients)))
        return COURSE_RELAY;
    return COURSE_STORE;
}

static bool on_http(
    struct uplink_shared *shared, const struct uplink_client *client, struct span begun)
{
    const struct uplink_http *http = &clients_of(shared)->config->http;

    return http->serve(http->context, client->stream, &client->peer, begun);
}

/* Returns why the client cannot be served; NULL: it may. */
static const char *open_client(
    struct uplink_clients *clients, struct stream *stream, const union address *peer,
    bool is_local, const struct uplink_port *port)
{
    struct memory *memory = clients->config->memory;
    struct uplink_client *client;
    uint32_t number;

    if (clients->connections >= clients->config->max_clients + TCPSTORE_GUESTS)
        return tcpstore_strerror(TCPSTORE_ECLIENTS);
    if (!find_number(clients, &number))
        return tcpstore_strerror(TCPSTORE_ENOMEM);
    client = memory_alloc(memory, sizeof(*client));
    if (client == NULL)
        return tcpstore_strerror(TCPSTORE_ENOMEM);
    clients->slots[number].client = client;
    clients->connections++;
    uplink_client_open(client, &clients->shared, stream, number, peer, is_local, port);
    return NULL;
}

static bool admit_stream(
    struct uplink_clients *clients, struct stream *stream, const union address *peer,
    bool is_local, const struct uplink_port *port)
{
    const char *reason = open_client(clients, stream, peer, is_local, port);

    if (reason != NULL) {
        log_refusal(clients, peer, reason);
        return false;
    }
    client_log_write(
        clients->config->log, TCPSTORE_LOG_DEBUG, "client-accepted", NULL, peer, "clients=%u",
        clients->connections);
    clients->config->changed(clients->config->context);
    return true;
}

bool uplink_clients_adopt(
    struct uplink_clients *clients, struct stream *stream, const union address *peer,
    const struct uplink_port *port)
{
    return admit_stream(clients, stream, peer, false, port);
}

void uplink_clients_admit(
    struct uplink_clients *clients, int fd, const union address *peer, bool is_local,
    const struct uplink_port *port)
{
    struct stream *stream;
    int status = tcp_stream_open(
        clients->config->loop, fd, clients->config->memory, NULL, NULL, NULL, &stream);

    if (status) {
        log_refusal(clients, peer, uv_strerror(status));
        close(fd);
    } else if (!admit_stream(clients, stream, peer, is_local, port)) {
        discard_stream(stream);
    }
}

static void on_expired(struct deadline *deadline)
{
    uplink_client_expire(CONTAINER_OF(deadline, struct uplink_client, deadline));
}

void uplink_clients_init(
    struct uplink_clients *clients, const struct uplink_config *config,
    void (*wake)(struct uplink_shared *shared),
    bool (*finds_store)(const struct uplink_clients *clients))
{
    struct uplink_shared *shared = &clients->shared;

    clients->config = config;
    clients->finds_store = finds_store;
    *shared = (struct uplink_shared){
        .memory = config->memory,
        .buffer = clients->buffer,
        .window = TRUNK_WINDOW,
        .wake = wake,
        .begun = on_begun,
        .serve_http = on_http,
        .gone = on_gone,
        .left = on_left,
    };
    asking_init(&shared->asking, config->loop, config->memory, &uplink_client_asking);
    deadlines_init(&shared->beginning, config->loop, config->validate_ms, on_expired);
    deadlines_init(&shared->deadlines, config->loop, LEAVING_MS, on_expired);
    identifying_init(&clients->identifying, config->loop, config->identified, config->memory);
}

bool uplink_clients_take(struct uplink_clients *clients, const struct item *item)
{
    struct uplink_client *client =
        item->session < clients->slot_count ? clients->slots[item->session].client : NULL;
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

void uplink_clients_go_on(struct uplink_clients *clients)
{
    for (uint32_t i = 0; i < clients->slot_count; i++) {
        struct uplink_client *client = clients->slots[i].client;

        if (client != NULL && client->stream != NULL)
            uplink_client_go_on(client);
    }
}

void uplink_clients_leave_port(struct uplink_clients *clients, const struct uplink_port *port)
{
    for (uint32_t i = 0; i < clients->slot_count; i++) {
        struct uplink_client *client = clients->slots[i].client;

        if (client != NULL && client->is_new && client->port == port)
            uplink_client_drop(client, "its store is closed");
    }
}

void uplink_clients_drop(struct uplink_clients *clients, const char *reason)
{
    for (uint32_t i = 0; i < clients->slot_count; i++)
        if (clients->slots[i].client != NULL && !clients->slots[i].client->is_new)
            uplink_client_drop(clients->slots[i].client, reason);
}

void uplink_clients_tell_left(struct uplink_clients *clients)
{
    for (uint32_t i = 0; i < clients->slot_count; i++)
        if (clients->slots[i].client != NULL)
            uplink_client_tell_left(clients->slots[i].client);
}

void uplink_clients_close(struct uplink_clients *clients)
{
    for (uint32_t i = 0; i < clients->slot_count; i++)
        if (clients->slots[i].client != NULL)
            uplink_client_drop(clients->slots[i].client, "the relay stops");
    asking_close(&clients->shared.asking);
    deadlines_close(&clients->shared.beginning);
    identifying_close(&clients->identifying);
    deadlines_close(&clients->shared.deadlines);
}

void uplink_clients_done(struct uplink_clients *clients)
{
    if (clients->slots != NULL)
        memory_free(
            clients->config->memory, clients->slots,
            clients->slot_count * sizeof(*clients->slots));
}
