#include "embed/parts.h"

#include <string.h>

#include "base/error.h"
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
};

static void log_live_handle(uv_handle_t *handle, void *context)
{
    log_write(
        context, TCPSTORE_LOG_DEBUG, "live-handle", "type=%s active=%d closing=%d",
        uv_handle_type_name(handle->type), uv_is_active(handle), uv_is_closing(handle));
}

void parts_shut_down(struct tcpstore_server *server)
{
    if (server->stopping)
        return;
    server->stopping = true;
    acceptor_close(&server->acceptor);
    http_access_close(&server->http_access);
    observer_close(&server->observer);
    turns_close(&server->turns);
    clients_close(&server->clients);
    upkeep_close(&server->upkeep);
    client_log_close(&server->client_log);
    uv_unref((uv_handle_t *)&server->stop_request);
    uv_walk(&server->loop, log_live_handle, &server->client_log.log);
}

static void on_stop_request(uv_async_t *request)
{
    parts_shut_down(request->data);
}

/* Closes the last handle and, if the loop never ran, completes the closing of the others. */
static void close_loop(struct tcpstore_server *server)
{
    recorder_close(&server->recorder);
    uv_close((uv_handle_t *)&server->stop_request, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    uv_loop_close(&server->loop);
}

static int init_loop(struct tcpstore_server *server)
{
    int status = uv_loop_init(&server->loop);

    if (status)
        return status;
    status = uv_async_init(&server->loop, &server->stop_request, on_stop_request);
    if (status)
        goto fail_stop_request;
    server->stop_request.data = server;
    status = recorder_open(&server->recorder, &server->loop);
    if (status == 0)
        return 0;
    uv_close((uv_handle_t *)&server->stop_request, NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
fail_stop_request:
    uv_loop_close(&server->loop);
    return status;
}

static int init_engine(
    struct tcpstore_server *server, const struct tcpstore_limits *limits,
    struct hash_key *ret_hash_key)
{
    int code;
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
        .query_bytes = limits_memory_reserve(limits) / 4,
        .items_at_once = ITEMS_AT_ONCE,
    };
    if (uv_random(NULL, NULL, ret_hash_key, sizeof(*ret_hash_key), 0, NULL))
        return TCPSTORE_ESYSTEM;
    code = engine_init(
        &server->engine, &server->memories.stored, &server->memories.serving, ret_hash_key,
        &engine_limits);
    if (code == 0)
        server->engine.record = recorder_record(&server->recorder);
    return code;
}

static void set_busy(struct tcpstore_server *server)
{
    upkeep_set_busy(&server->upkeep, server->clients.count > 0);
    observer_set_busy(&server->observer, server->clients.count > 0);
}

static void on_accepted(void *context, int fd, const union address *peer, bool local)
{
    struct tcpstore_server *server = context;

    clients_admit(&server->clients, fd, peer, local);
    set_busy(server);
}

static void on_http(void *context, int fd, const union address *peer)
{
    struct tcpstore_server *server = context;

    http_access_admit(&server->http_access, fd, peer);
}

/* A client has left: its descriptor is free again. */
static void on_left(void *context)
{
    struct tcpstore_server *server = context;

    if (server->clients.count == 0)
        engine_rest(&server->engine);
    set_busy(server);
    acceptor_resume(&server->acceptor);
}

static void on_exhausted(void *context, int error)
{
    struct tcpstore_server *server = context;

    client_log_write(
        &server->client_log, TCPSTORE_LOG_WARN, "accept-paused", NULL, NULL,
        "clients=%zu reason=\"%s; new clients wait until one disconnects\"",
        server->clients.count, strerror(error));
}

static int init_clients(
    struct tcpstore_server *server, const struct tcpstore_limits *limits, bool serves_http)
{
    const struct clients_config config = {
        .loop = &server->loop,
        .turns = &server->turns,
        .log = &server->client_log,
        .engine = &server->engine,
        .memories = &server->memories,
        .limits = *limits,
        .left = on_left,
        .serve_http = serves_http ? on_http : NULL,
        .context = server,
    };

    return clients_init(&server->clients, &config);
}

static int init_observer(
    struct tcpstore_server *server, const struct hash_key *hash_key, bool serves_http,
    bool identifies, struct tcpstore_error *error)
{
    const struct sources sources = {
        .clients = &server->clients,
        .acceptor = &server->acceptor,
        .limits = &server->limits,
        .recorder = &server->recorder,
        .identifies = identifies,
    };
    int status =
        observer_init(&server->observer, &server->loop, &sources, hash_key, serves_http);

    if (status == 0)
        return 0;
    return error_set(error, TCPSTORE_ESYSTEM, "diagnosis: %s", uv_strerror(status));
}

/* Even after an error, shut_down closes the parts. */
static int init_parts(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    const struct allow_list *allowed, const struct hash_key *hash_key,
    struct tcpstore_error *error)
{
    static const struct acceptor_events events = {on_accepted, on_exhausted};
    const struct log log = {options->log, options->log_context, options->log_level};
    int code;

    server->limits = options->limits;
    turns_init(&server->turns, &server->loop);
    client_log_init(&server->client_log, &server->loop, &log);
    recorder_report_to(&server->recorder, options->record, options->record_context);
    upkeep_init(&server->upkeep, &server->loop, &server->memories);
    acceptor_init(
        &server->acceptor, &server->loop, &server->turns, &server->client_log, allowed, &events,
        server);
    code =
        init_clients(server, &options->limits, options->http && options->http_address == NULL);
    if (code)
        return error_set(error, code, "out of memory for clients");
    code = init_observer(server, hash_key, options->http, options->identify, error);
    if (code)
        return code;
    return http_access_init(
        &server->http_access, &server->loop, &server->turns, &server->client_log,
        &server->observer, options, error);
}

int parts_init(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    struct allow_list allowed;
    struct hash_key hash_key;
    int status;
    int code = allow_list_parse(options->allowed, options->allowed_count, error, &allowed);

    if (code)
        return code;
    code = recorder_init(&server->recorder, options->limits.record_bytes);
    if (code) {
        error_set(error, code, "out of memory for a record of operations");
        goto fail_recorder;
    }
    memories_init(&server->memories, &options->limits);
    code = init_engine(server, &options->limits, &hash_key);
    if (code) {
        error_set(error, code, "store: %s", tcpstore_strerror(code));
        goto fail_engine;
    }
    status = init_loop(server);
    if (status) {
        code = error_set(error, TCPSTORE_ESYSTEM, "event loop: %s", uv_strerror(status));
        goto fail_loop;
    }
    code = init_parts(server, options, &allowed, &hash_key, error);
    if (code)
        goto fail_parts;
    return 0;

fail_parts:
    parts_shut_down(server);
    close_loop(server);
    http_access_done(&server->http_access);
    observer_done(&server->observer);
    clients_done(&server->clients);
fail_loop:
    engine_done(&server->engine);
fail_engine:
    memories_done(&server->memories);
    recorder_done(&server->recorder);
fail_recorder:
    allow_list_free(&allowed);
    return code;
}

static int open_listeners(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    static const char *const every_interface[] = {"::"};

    if (options->listen_fd >= 0)
        return acceptor_adopt(&server->acceptor, options->listen_fd, options->port, error);
    if (options->address_count == 0)
        return acceptor_listen(&server->acceptor, every_interface, 1, options->port, error);
    return acceptor_listen(
        &server->acceptor, options->addresses, options->address_count, options->port, error);
}

int parts_listen(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    int code = open_listeners(server, options, error);

    return code ? code : http_access_listen(&server->http_access, options, error);
}

int parts_start(struct tcpstore_server *server, struct tcpstore_error *error)
{
    int code = acceptor_start(&server->acceptor, error);

    return code ? code : http_access_start(&server->http_access, error);
}

void parts_done(struct tcpstore_server *server)
{
    parts_shut_down(server);
    close_loop(server);
    http_access_done(&server->http_access);
    observer_done(&server->observer);
    clients_done(&server->clients);
    engine_done(&server->engine);
    memories_done(&server->memories);
    recorder_done(&server->recorder);
    acceptor_done(&server->acceptor);
}
