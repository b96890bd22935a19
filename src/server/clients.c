#include "server/clients.h"

#include <unistd.h>

#include "base/container.h"
#include "server/refusal.h"

static void on_gone(struct client *client)
{
    struct clients *clients = CONTAINER_OF(client->service, struct clients, service);

    if (clients->visited == &client->link)
        clients->visited = client->link.next;
    list_remove(&client->link);
    clients->count--;
    clients->headcount->count--;
    clients->headcount->guests -= client->is_guest;
    clients->http_count += client->is_http;
    clients->service.new_count -= client->is_new;
    memory_free(client->memory, client, sizeof(*client));
    clients->left(clients->context);
}

int clients_init(struct clients *clients, const struct clients_config *config)
{
    const struct tcpstore_limits *limits = &config->limits;
    const struct service_config service_config = {
        .loop = config->loop,
        .log = config->log,
        .engine = config->engine,
        .turns = config->turns,
        .memories = config->memories,
        .stream_limits = {limits->output_high_water, limits->output_hard_cap},
        .gone = on_gone,
        .serve_http = config->serve_http,
        .is_draining = config->is_draining,
        .durations = config->durations,
        .read_buffer = config->read_buffer,
        .bridges = config->bridges,
        .context = config->context,
    };

    clients->headcount = config->headcount;
    clients->left = config->left;
    clients->context = config->context;
    clients->count = 0;
    clients->admitted = 0;
    clients->http_count = 0;
    list_init(&clients->connected);
    clients->visited = &clients->connected;
    return service_init(&clients->service, &service_config, limits->validate_ms);
}

static void log_excess(const struct clients *clients, const union address *peer)
{
    client_log_write(
        clients->service.config.log, TCPSTORE_LOG_WARN, "client-refused",
        tcpstore_strerror(TCPSTORE_ECLIENTS), peer,
        "reason=\"%zu clients are connected, the maximum\"", clients->headcount->count);
}

/* `status` is libuv's. */
static void log_unopened(const struct clients *clients, const union address *peer, int status)
{
    const struct refusal refusal = {
        .code = status == UV_ENOMEM ? TCPSTORE_ENOMEM : TCPSTORE_ESYSTEM,
        .operation = "connect"};
    char words[REFUSAL_MAX];

    client_log_write(
        clients->service.config.log, TCPSTORE_LOG_WARN, "client-refused",
        tcpstore_strerror(refusal.code), peer, "%s",
        refusal_format(&refusal, clients->service.config.memories, words));
}

/* Returns libuv's error. */
static int open_client(struct clients *clients, int fd, bool local, struct client **ret_client)
{
    struct memories *memories = clients->service.config.memories;
    struct memory *memory = local ? &memories->local : &memories->serving;
    struct client *client = memory_alloc(memory, sizeof(*client));
    int status;

    if (client == NULL)
        return UV_ENOMEM;
    status = service_open(&clients->service, fd, memory, client);
    if (status)
        memory_free(memory, client, sizeof(*client));
    else
        *ret_client = client;
    return status;
}

static void start(struct clients *clients, struct client *client, const union address *peer)
{
    client->peer = *peer;
    client->connected_at = uv_now(clients->service.config.loop);
    client->received_at = client->connected_at;
    client->session.number = ++clients->headcount->last_number;
    clients->admitted++;
    clients->count++;
    clients->headcount->count++;
    clients->headcount->guests += client->is_guest;
    clients->service.new_count += client->is_new;
    list_append(&clients->connected, &client->link);
    client_log_write(
        clients->service.config.log, TCPSTORE_LOG_DEBUG, "client-accepted", NULL, &client->peer,
        "clients=%zu", clients->count);
    service_start(client);
}

void clients_admit(struct clients *clients, int fd, const union address *peer, bool local)
{
    bool is_guest = clients_are_full(clients);
    struct client *client;
    int status;

    if (is_guest && (!local || clients->headcount->guests >= TCPSTORE_GUESTS)) {
        log_excess(clients, peer);
        close(fd);
        return;
    }
    status = open_client(clients, fd, local, &client);
    if (status) {
        log_unopened(clients, peer, status);
        close(fd);
        return;
    }
    client->is_guest = is_guest;
    start(clients, client, peer);
}

bool clients_admit_stream(
    struct clients *clients, struct stream *stream, const union address *peer)
{
    struct memory *memory = &clients->service.config.memories->serving;
    struct client *client;

    if (clients_are_full(clients)) {
        log_excess(clients, peer);
        return false;
    }
    client = memory_alloc(memory, sizeof(*client));
    if (client == NULL) {
        log_unopened(clients, peer, UV_ENOMEM);
        return false;
    }
    service_adopt(&clients->service, stream, memory, client);
    start(clients, client, peer);
    return true;
}

void clients_begin_visit(struct clients *clients)
{
    clients->visited = clients->connected.next;
}

bool clients_visit(
    struct clients *clients, long *steps,
    void (*visit)(void *context, const struct client *client, long *steps), void *context)
{
    while (*steps > 0 && clients->visited != &clients->connected) {
        const struct client *client = CONTAINER_OF(clients->visited, struct client, link);

        clients->visited = clients->visited->next;
        visit(context, client, steps);
    }
    return clients->visited != &clients->connected;
}

void clients_end_some(struct clients *clients, size_t most)
{
    struct list *link, *next;

    for (link = clients->connected.next; link != &clients->connected && most > 0; link = next) {
        struct client *client = CONTAINER_OF(link, struct client, link);

        next = link->next;
        if (client->state == CLIENT_CLOSING)
            continue;
        service_end(client);
        most--;
    }
}

void clients_close(struct clients *clients)
{
    struct list *link, *next;

    for (link = clients->connected.next; link != &clients->connected; link = next) {
        next = link->next;
        service_end(CONTAINER_OF(link, struct client, link));
    }
    service_close(&clients->service);
}

void clients_done(struct clients *clients)
{
    service_done(&clients->service);
}
