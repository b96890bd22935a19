#include "embed/trunk_access.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/container.h"
#include "link/silence.h"
#include "server/discard.h"
#include "server/tcp_stream.h"

static void refuse(
    struct trunk_access *access, const union address *peer, const char *reason,
    const char *detail)
{
    char text[TLS_TEXT_MAX];

    client_log_write(
        &access->log, TCPSTORE_LOG_WARN, "relay-refused", reason, peer, "reason=\"%s\"",
        tls_failure_text(reason, detail, text));
}

static bool allows(void *context, const char *name)
{
    const struct trunk_access *access = context;

    return name_list_has(&access->allowed, name);
}

/* Operators and jobs that have no relay on their node. */
static void admit_client(
    struct trunk_access *access, struct stream *stream, const union address *peer)
{
    const char *reason = "its name is not among those of --trunk-allow";

    if (allows(access, secure_stream_peer(stream)))
        reason = keyspace_admit(access->first, stream, peer) ? NULL : "it cannot be served";
    if (reason == NULL)
        return;
    refuse(access, peer, reason, secure_stream_peer(stream));
    discard_stream(stream);
}

static void on_secure(void *context, struct stream *stream, const union address *peer)
{
    struct trunk_access *access = context;

    if (secure_stream_protocol(stream) == TLS_TRUNK)
        relays_admit(&access->relays, stream, peer, secure_stream_peer(stream));
    else
        admit_client(access, stream, peer);
}

static void on_not_secure(
    void *context, const union address *peer, const struct tls_failure *failure)
{
    refuse(context, peer, failure->reason, failure->detail);
}

static void on_accepted(void *context, int fd, const union address *peer, bool local)
{
    struct trunk_access *access = context;
    struct stream *stream;
    int status;

    (void)local;
    silence_notice(fd);
    if (security_is_on(&access->common->security)) {
        handshakes_begin(&access->handshakes, fd, peer);
        return;
    }
    status = tcp_stream_open(
        &access->common->loop, fd, &access->first->memories.serving, NULL, NULL, NULL, &stream);
    if (status == 0) {
        relays_admit(&access->relays, stream, peer, "");
        return;
    }
    refuse(access, peer, uv_strerror(status), "");
    close(fd);
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
    const struct relaying *relaying = &access->common->relaying;
    char name[STORE_NAME_MAX + 1];
    struct watch *watch = NULL;

    if (opening->store.len > 0 && relaying_is_on(relaying))
        return relay_stores_admit(&relaying->stores, opening->store, stream, peer);
    if (opening->store.len < sizeof(name)) {
        snprintf(
            name, sizeof(name), "%.*s", (int)opening->store.len,
            (const char *)opening->store.bytes);
        watch = observer_find(&access->common->observer, name);
    }
    return watch != NULL &&
           keyspace_admit(CONTAINER_OF(watch, struct keyspace, watch), stream, peer);
}

static void tell(struct relay *relay, const struct sources *sources)
{
    relay_tell_store(
        relay, address_port(&sources->acceptor->sockets.list[0].address),
        span_of(sources->name, strlen(sources->name)), true);
}

static void tell_relayed(
    void *context, const char *name, uint16_t port, enum relay_store_state state)
{
    (void)state; /* here: its relays may well have that port */
    relay_tell_store(context, port, span_of(name, strlen(name)), true);
}

static void on_arrived(void *context, struct relay *relay)
{
    const struct trunk_access *access = context;
    const struct watch *watch = NULL;

    if (relaying_is_on(&access->common->relaying))
        relay_stores_each(&access->common->relaying.stores, tell_relayed, relay);
    while ((watch = observer_next(&access->common->observer, watch)) != NULL)
        if (watch->sources.name[0] != '\0')
            tell(relay, &watch->sources);
}

static bool finds_store(void *context, struct relay_path *ret_path)
{
    const struct trunk_access *access = context;
    const struct relaying *relaying = &access->common->relaying;

    if (relaying_is_on(relaying))
        return uplink_finds_store(relaying->uplink, ret_path);
    ret_path->count = 0;
    return true;
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

int trunk_access_init(
    struct trunk_access *access, struct common *common, struct keyspace *first,
    const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    static const struct acceptor_events events = {on_accepted, on_exhausted};
    static const struct handshakes_events handshakes_events = {on_secure, on_not_secure};
    const struct relays_config config = {
        .loop = &common->loop,
        .turns = &common->turns,
        .log = &access->log,
        .memory = &first->memories.serving,
        .welcome = welcome_of(&options->limits, options->relay_timeout_ms),
        .has_own_names = options->tls_cert != NULL,
        .allows = allows,
        .identifies = common->identifies,
        .finds_store = finds_store,
        .opened = on_opened,
        .arrived = on_arrived,
        .context = access,
    };
    int code;

    if (options->trunk_address == NULL)
        return 0;
    code = name_list_init(
        &access->allowed, options->trunk_allowed, options->trunk_allowed_count, error);
    if (code)
        return code;
    access->common = common;
    access->first = first;
    access->is_open = true;
    client_log_init(&access->log, &common->loop, &common->log);
    acceptor_init(
        &access->acceptor, &common->loop, &common->turns, &access->log, &common->allowed,
        &events, access);
    handshakes_init(&access->handshakes, &common->security.secure, &handshakes_events, access);
    relays_init(&access->relays, &config);
    return 0;
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

void trunk_access_tell_store(
    struct trunk_access *access, uint16_t port, const char *name, bool is_open)
{
    if (access->is_open)
        relays_tell_store(&access->relays, port, span_of(name, strlen(name)), is_open);
}

void trunk_access_forget_relays(struct trunk_access *access)
{
    if (access->is_open)
        relays_forget_all(&access->relays);
}

void trunk_access_close(struct trunk_access *access)
{
    if (!access->is_open)
        return;
    acceptor_close(&access->acceptor);
    handshakes_close(&access->handshakes);
    relays_close(&access->relays);
    client_log_close(&access->log);
}

void trunk_access_done(struct trunk_access *access)
{
    if (!access->is_open)
        return;
    acceptor_done(&access->acceptor);
    relays_done(&access->relays);
    name_list_done(&access->allowed);
}
