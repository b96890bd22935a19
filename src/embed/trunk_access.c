#include "embed/trunk_access.h"

#include <stdio.h>
#include <string.h>

#include "base/container.h"

static void on_accepted(void *context, int fd, const union address *peer, bool local)
{
    struct trunk_access *access = context;

    (void)local;
    relays_admit(&access->relays, fd, peer);
}

static void on_exhausted(void *context, int error)
{
    struct trunk_access *access = context;

    client_log_write(
        &access->log, TCPSTORE_LOG_WARN, "accept-paused", NULL, NULL,
        "reason=\"relays: %s; new connections wait\"", strerror(error));
}

static bool on_opened(
    void *context, const struct opening *opening, const union address *peer,
    struct stream *stream)
{
    const struct trunk_access *access = context;
    char name[STORE_NAME_MAX + 1];
    struct watch *watch = NULL;

    if (opening->store.len < sizeof(name)) {
        snprintf(
            name, sizeof(name), "%.*s", (int)opening->store.len,
            (const char *)opening->store.bytes);
        watch = observer_find(access->observer, name);
    }
    return watch != NULL &&
           keyspace_admit(CONTAINER_OF(watch, struct keyspace, watch), stream, peer);
}

static struct welcome welcome_of(const struct tcpstore_limits *limits, uint32_t away_ms)
{
    size_t window =
        limits->output_high_water < TRUNK_WINDOW ? limits->output_high_water : TRUNK_WINDOW;

    return (struct welcome){
        .version = GREETING_VERSION,
        .key_bytes = limits->key_bytes,
        .value_bytes = limits->value_bytes,
        .keys_per_request = (uint32_t)limits->keys_per_request,
        .window = (uint32_t)window,
        .away_ms = away_ms,
    };
}

void trunk_access_init(
    struct trunk_access *access, struct common *common, struct keyspace *first,
    const struct tcpstore_server_options *options)
{
    static const struct acceptor_events events = {on_accepted, on_exhausted};
    const struct relays_config config = {
        .loop = &common->loop,
        .turns = &common->turns,
        .log = &access->log,
        .memory = &first->memories.serving,
        .welcome = welcome_of(&options->limits, options->relay_timeout_ms),
        .opened = on_opened,
        .context = access,
    };

    if (options->trunk_address == NULL)
        return;
    access->observer = &common->observer;
    access->is_open = true;
    client_log_init(&access->log, &common->loop, &common->log);
    acceptor_init(
        &access->acceptor, &common->loop, &common->turns, &access->log, &common->allowed,
        &events, access);
    relays_init(&access->relays, &config);
}

int trunk_access_listen(
    struct trunk_access *access, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    if (!access->is_open)
        return 0;
    return acceptor_listen(
        &access->acceptor, &options->trunk_address, 1, options->trunk_port, error);
}

int trunk_access_start(struct trunk_access *access, struct tcpstore_error *error)
{
    return access->is_open ? acceptor_start(&access->acceptor, error) : 0;
}

const char *trunk_access_address(const struct trunk_access *access)
{
    return access->is_open ? access->acceptor.sockets.list[0].text : NULL;
}

void trunk_access_close(struct trunk_access *access)
{
    if (!access->is_open)
        return;
    acceptor_close(&access->acceptor);
    relays_close(&access->relays);
    client_log_close(&access->log);
}

void trunk_access_done(struct trunk_access *access)
{
    if (!access->is_open)
        return;
    acceptor_done(&access->acceptor);
    relays_done(&access->relays);
}
