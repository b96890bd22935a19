#include "embed/keyspace.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "server/descriptors.h"
#include "server/options.h"

/* A list of at least so many keys is shared with other clients that ask for the same. Tests
 * compile it with 2. */
#ifndef TCPSTORE_QUERY_KEYS
#define TCPSTORE_QUERY_KEYS 16
#endif

enum {
    TURN_BYTES = 512 * 1024,    /* of replies to one client before the others are served */
    BYTES_AT_ONCE = 1 << 20,    /* of one request */
    ITEMS_AT_ONCE = TURN_STEPS, /* keys of one request: what fits in a turn needs no other */
    LEFT_AT_ONCE = 64,          /* clients that are disconnected in one iteration */
};

static int init_engine(
    struct keyspace *keyspace, size_t memory_bytes, struct hash_key *ret_hash_key)
{
    const struct tcpstore_limits *limits = &keyspace->common->limits;
    struct engine_limits engine_limits = {
        .wire =
            {
                .key_bytes = limits->key_bytes,
                .value_bytes = limits->value_bytes,
                .keys_per_request = limits->keys_per_request,
            },
        .queue_entries = limits->queue_entries,
        .appended_bytes = limits_sendable_value(limits),
        .reply_bytes =
            limits->output_high_water < TURN_BYTES ? limits->output_high_water : TURN_BYTES,
        .room_bytes = READ_BUFFER_SIZE,
        .bytes_at_once = BYTES_AT_ONCE,
        .query_keys = TCPSTORE_QUERY_KEYS,
        .query_bytes = memory_reserve(memory_bytes) / 4,
        .items_at_once = ITEMS_AT_ONCE,
    };
    int code;

    if (uv_random(NULL, NULL, ret_hash_key, sizeof(*ret_hash_key), 0, NULL))
        return TCPSTORE_ESYSTEM;
    code = engine_init(
        &keyspace->engine, &keyspace->memories.stored, &keyspace->memories.serving,
        ret_hash_key, &engine_limits);
    if (code == 0)
        keyspace->engine.record = recorder_record(&keyspace->common->recorder);
    return code;
}

static void note_change(struct keyspace *keyspace)
{
    bool is_busy = keyspace->clients.count > 0;

    upkeep_set_busy(&keyspace->upkeep, is_busy);
    watch_set_busy(&keyspace->watch, is_busy);
    if (watch_clients_total(&keyspace->watch) > 0)
        keyspace->common->has_served = true;
    keyspace->changed(keyspace->context);
}

/* Of a relay, which serves them by its upstream. */
static const struct uplink_port first_port = {.store = ""};

static void on_accepted(void *context, int fd, const union address *peer, bool local)
{
    struct keyspace *keyspace = context;

    if (relaying_is_on(&keyspace->common->relaying)) {
        uplink_clients_admit(
            &keyspace->common->relaying.uplink->clients, fd, peer, local, &first_port);
        return;
    }
    clients_admit(&keyspace->clients, fd, peer, local);
    note_change(keyspace);
}

bool keyspace_admit(struct keyspace *keyspace, struct stream *stream, const union address *peer)
{
    bool is_admitted;

    if (relaying_is_on(&keyspace->common->relaying))
        return uplink_clients_adopt(
            &keyspace->common->relaying.uplink->clients, stream, peer, &first_port);
    is_admitted = clients_admit_stream(&keyspace->clients, stream, peer);
    note_change(keyspace);
    return is_admitted;
}

static void on_http(void *context, int fd, const union address *peer)
{
    struct keyspace *keyspace = context;

    http_access_admit(&keyspace->common->http_access, fd, peer, keyspace->watch.sources.number);
}

/* A client has left: its descriptor is free again. */
static void on_left(void *context)
{
    struct keyspace *keyspace = context;

    if (keyspace->clients.count == 0)
        engine_rest(&keyspace->engine);
    note_change(keyspace);
    if (!keyspace->is_left)
        acceptor_resume(&keyspace->acceptor);
}

static void on_exhausted(void *context, int error)
{
    struct keyspace *keyspace = context;

    client_log_write(
        &keyspace->client_log, TCPSTORE_LOG_WARN, "accept-paused", NULL, NULL,
        "clients=%zu reason=\"%s; new clients wait until one disconnects\"",
        keyspace->clients.count, strerror(error));
}

static int init_clients(struct keyspace *keyspace)
{
    struct common *common = keyspace->common;
    const struct clients_config config = {
        .loop = &common->loop,
        .turns = &common->turns,
        .log = &keyspace->client_log,
        .engine = &keyspace->engine,
        .memories = &keyspace->memories,
        .headcount = &common->headcount,
        .limits = common->limits,
        .left = on_left,
        .serve_http = common->serves_http ? on_http : NULL,
        .is_draining = &common->observer.is_draining,
        .durations = &common->durations,
        .read_buffer = common->read_buffer,
        .bridges = &common->bridges,
        .context = keyspace,
    };

    return clients_init(&keyspace->clients, &config);
}

static void open_watch(
    struct keyspace *keyspace, uint64_t number, const struct hash_key *hash_key)
{
    struct common *common = keyspace->common;
    const struct sources sources = {
        .name = keyspace->name,
        .number = number,
        .identifies = common->identifies,
        .clients = &keyspace->clients,
        .acceptor = &keyspace->acceptor,
        .limits = &common->limits,
        .recorder = &common->recorder,
        .started_at = common->started_at,
        .started_unix_ms = common->started_unix_ms,
    };

    watch_open(&keyspace->watch, &common->loop, &sources, &common->census_taker, hash_key);
}

/* `part` is what there is no room for. */
static int refuse(int code, const char *part, struct tcpstore_error *error)
{
    return error_set(
        error, code, "a store: %s for %s%s", tcpstore_strerror(code), part,
        code == TCPSTORE_ENOMEM
            ? "; stores and clients use up the server's memory: close stores, or raise "
              "--max-memory"
            : "");
}

void keyspace_init_acceptor(struct keyspace *keyspace, struct acceptor *acceptor)
{
    static const struct acceptor_events events = {on_accepted, on_exhausted};
    struct common *common = keyspace->common;

    acceptor_init(
        acceptor, &common->loop, &common->turns, &keyspace->client_log, &common->allowed,
        &events, keyspace);
}

static int init_handles(
    struct keyspace *keyspace, uint64_t number, const struct hash_key *hash_key,
    struct tcpstore_error *error)
{
    struct common *common = keyspace->common;
    struct log log = common->log;
    int code;

    keyspace->has_handles = true;
    log.store = keyspace->name[0] == '\0' ? NULL : keyspace->name;
    client_log_init(&keyspace->client_log, &common->loop, &log);
    upkeep_init(&keyspace->upkeep, &common->loop, &keyspace->memories);
    keyspace_init_acceptor(keyspace, &keyspace->acceptor);
    code = init_clients(keyspace);
    if (code)
        return refuse(code, "clients", error);
    open_watch(keyspace, number, hash_key);
    return 0;
}

int keyspace_init(
    struct keyspace *keyspace, const struct keyspace_config *config,
    struct tcpstore_error *error)
{
    struct hash_key hash_key;
    int code;

    *keyspace = (struct keyspace){
        .common = config->common, .changed = config->changed, .context = config->context};
    snprintf(keyspace->name, sizeof(keyspace->name), "%s", config->name);
    memories_init(
        &keyspace->memories, &config->common->budget, config->memory_bytes, config->own_bytes);
    code = init_engine(keyspace, config->memory_bytes, &hash_key);
    if (code)
        return refuse(code, "keys", error);
    keyspace->has_engine = true;
    return init_handles(keyspace, config->number, &hash_key, error);
}

int keyspace_start(struct keyspace *keyspace, struct tcpstore_error *error)
{
    int code;

    if (!acceptor_can_watch(&keyspace->acceptor, &keyspace->memories.serving))
        return refuse(TCPSTORE_ENOMEM, "its port", error);
    code = acceptor_start(&keyspace->acceptor, error);
    if (code == 0)
        observer_add(&keyspace->common->observer, &keyspace->watch);
    return code;
}

static void stop_accepting(struct keyspace *keyspace)
{
    if (keyspace->is_left || !keyspace->has_handles)
        return;
    keyspace->is_left = true;
    acceptor_close(&keyspace->acceptor);
    if (list_is_linked(&keyspace->watch.link))
        observer_remove(&keyspace->watch);
}

bool keyspace_leave(struct keyspace *keyspace)
{
    if (!keyspace->has_handles)
        return true;
    stop_accepting(keyspace);
    clients_end_some(&keyspace->clients, LEFT_AT_ONCE);
    return keyspace->clients.count == 0 && watch_is_idle(&keyspace->watch);
}

void keyspace_close(struct keyspace *keyspace)
{
    if (!keyspace->has_handles)
        return;
    stop_accepting(keyspace);
    watch_close(&keyspace->watch);
    clients_close(&keyspace->clients);
    upkeep_close(&keyspace->upkeep);
    client_log_close(&keyspace->client_log);
}

void keyspace_free_keys(struct keyspace *keyspace)
{
    if (keyspace->has_handles) {
        watch_done(&keyspace->watch);
        clients_done(&keyspace->clients);
    }
    if (keyspace->has_engine)
        engine_done(&keyspace->engine);
    memories_done(&keyspace->memories);
}

void keyspace_done(struct keyspace *keyspace)
{
    share_leave(&keyspace->memories.share);
    if (keyspace->has_handles)
        acceptor_done(&keyspace->acceptor);
}
