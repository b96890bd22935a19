#include "embed/parts.h"

#include <string.h>

#include "base/error.h"
#include "server/thread_pool.h"

static void log_live_handle(uv_handle_t *handle, void *context)
{
    log_write(
        context, TCPSTORE_LOG_DEBUG, "live-handle", "type=%s active=%d closing=%d",
        uv_handle_type_name(handle->type), uv_is_active(handle), uv_is_closing(handle));
}

void parts_shut_down(struct tcpstore_server *server)
{
    struct common *common = &server->common;

    if (server->stopping)
        return;
    server->stopping = true;
    http_access_close(&common->http_access);
    ending_close(&server->ending);
    turns_close(&common->turns);
    census_taker_close(&common->census_taker);
    job_stores_close(&server->jobs);
    unix_access_close(&server->unix_access);
    keyspace_close(&server->first);
    bridges_close(&common->bridges);
    relaying_close(&common->relaying); /* its clients may come by the trunk */
    trunk_access_close(&server->trunk);
    security_close(&common->security);
    observer_close(&common->observer);
    uv_unref((uv_handle_t *)&server->request);
    uv_walk(&common->loop, log_live_handle, &common->log);
}

static void on_request(uv_async_t *request)
{
    struct tcpstore_server *server = request->data;

    if (server->is_stop_wanted) {
        parts_shut_down(server);
        return;
    }
    if (atomic_exchange(&server->is_reload_wanted, false))
        security_reload(&server->common.security);
    if (atomic_exchange(&server->is_drain_wanted, false))
        ending_drain(&server->ending);
}

static void on_end(void *context)
{
    parts_shut_down(context);
}

/* Closes the last handles and, if the loop never ran, completes the closing of the others. */
static void close_loop(struct tcpstore_server *server)
{
    job_stores_end(&server->jobs);
    recorder_close(&server->common.recorder);
    uv_close((uv_handle_t *)&server->request, NULL);
    uv_run(&server->common.loop, UV_RUN_DEFAULT);
    uv_loop_close(&server->common.loop);
}

static int init_loop(struct tcpstore_server *server)
{
    struct common *common = &server->common;
    int status = uv_loop_init(&common->loop);

    if (status)
        return status;
    status = uv_async_init(&common->loop, &server->request, on_request);
    if (status)
        goto fail_request;
    server->request.data = server;
    status = recorder_open(&common->recorder, &common->loop);
    if (status == 0)
        return 0;
    uv_close((uv_handle_t *)&server->request, NULL);
    uv_run(&common->loop, UV_RUN_DEFAULT);
fail_request:
    uv_loop_close(&common->loop);
    return status;
}

static void on_changed(void *context)
{
    struct tcpstore_server *server = context;

    observer_set_busy(&server->common.observer, server->common.headcount.count > 0);
    ending_note_change(&server->ending);
}

static int open_store(
    void *context, const char *name, struct tcpstore_error *error,
    const struct watch **ret_watch, bool *ret_is_new)
{
    struct tcpstore_server *server = context;

    return job_stores_open(&server->jobs, name, error, ret_watch, ret_is_new);
}

static void close_store(void *context, struct watch *watch, const char *peer)
{
    (void)context;
    job_stores_close_one(watch, peer);
}

static void drain(void *context, const char *peer)
{
    struct tcpstore_server *server = context;

    log_write(&server->common.log, TCPSTORE_LOG_INFO, "drain-asked", "client=%s", peer);
    ending_drain(&server->ending);
}

static int init_observer(
    struct tcpstore_server *server, bool serves_http, struct tcpstore_error *error)
{
    static const struct changes changes = {open_store, close_store, drain};
    struct common *common = &server->common;
    int status = census_taker_init(&common->census_taker, &common->loop, &common->turns);

    if (status == 0)
        status = observer_init(
            &common->observer, &common->loop, &common->turns, serves_http, &changes, server);
    if (status == 0)
        return 0;
    return error_set(
        error, TCPSTORE_ESYSTEM, "diagnosis and HTTP: %s; see ulimit -a", uv_strerror(status));
}

/* A descriptor may be free again. */
static void on_relay_changed(void *context)
{
    struct tcpstore_server *server = context;

    ending_note_change(&server->ending);
    if (!server->stopping)
        acceptor_resume(&server->first.acceptor);
}

static int init_security(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    struct common *common = &server->common;
    const struct secure secure = {
        .loop = &common->loop,
        .turns = &common->turns,
        .memory = &server->first.memories.serving,
    };

    return security_init(&common->security, options, &secure, &common->log, error);
}

static void on_relay_forgotten(void *context)
{
    struct tcpstore_server *server = context;

    trunk_access_forget_relays(&server->trunk);
}

static void on_relay_told(void *context, uint16_t port, const char *name, bool is_open)
{
    struct tcpstore_server *server = context;

    trunk_access_tell_store(&server->trunk, port, name, is_open);
}

static int init_relaying(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    struct common *common = &server->common;
    size_t max = options->limits.clients;
    const struct uplink_config config = {
        .loop = &common->loop,
        .turns = &common->turns,
        .memory = &server->first.memories.serving,
        .secure = security_is_on(&common->security) ? &common->security.secure : NULL,
        .max_clients = (uint32_t)(max < ITEM_SESSIONS_MAX ? max : ITEM_SESSIONS_MAX),
        .validate_ms = options->limits.validate_ms,
        .is_draining = &common->observer.is_draining,
        .identified = common->identifies ? &server->first.acceptor : NULL,
        .changed = on_relay_changed,
        .forgotten = on_relay_forgotten,
        .context = server,
    };
    const struct relaying_uses uses = {
        .log = &common->log,
        .allowed = &common->allowed,
        .http_allowed = &common->http_access.allowed,
        .bridges = &common->bridges,
        .beside = &server->first.acceptor,
        .told = on_relay_told,
        .context = server,
    };

    return relaying_init(&common->relaying, options, config, &uses, error);
}

static int init_first(struct tcpstore_server *server, struct tcpstore_error *error)
{
    const struct keyspace_config config = {
        .common = &server->common,
        .name = "",
        .memory_bytes = server->common.limits.memory_bytes,
        .changed = on_changed,
        .context = server,
    };

    return keyspace_init(&server->first, &config, error);
}

static void on_store_told(void *context, const struct keyspace *keyspace, bool is_open)
{
    struct tcpstore_server *server = context;

    trunk_access_tell_store(
        &server->trunk, address_port(&keyspace->acceptor.sockets.list[0].address),
        keyspace->name, is_open);
}

static int init_jobs(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    const struct job_stores_config config = {
        .common = &server->common,
        .beside = &server->first.acceptor,
        .memory_bytes = options->job_memory_bytes < options->limits.memory_bytes
                            ? options->job_memory_bytes
                            : options->limits.memory_bytes,
        .first_port = options->job_first_port,
        .last_port = options->job_last_port,
        .max_count = options->job_stores_max,
        .linger_ms = options->job_linger_ms,
        .changed = on_changed,
        .told = on_store_told,
        .context = server,
    };
    int status = job_stores_init(&server->jobs, &config);

    if (status == 0)
        return 0;
    return error_set(
        error, TCPSTORE_ESYSTEM, "stores of jobs: %s; see ulimit -a", uv_strerror(status));
}

/* Even after an error, parts_done closes and frees the parts. */
static int init_parts(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    struct common *common = &server->common;
    int code;

    common->log = (struct log){options->log, options->log_context, options->log_level, NULL};
    common->limits = options->limits;
    common->headcount.max = options->limits.clients;
    common->durations.reads_left = 1;
    common->serves_http = options->http && options->http_address == NULL;
    common->identifies = options->identify;
    common->started_at = uv_now(&common->loop);
    common->started_unix_ms = recorder_origin() + (int64_t)common->started_at;
    memories_init_budget(&common->budget, &options->limits);
    turns_init(&common->turns, &common->loop);
    bridges_init(&common->bridges, &common->loop);
    ending_init(&server->ending, common, options->once, on_end, server);
    recorder_report_to(&common->recorder, options->record, options->record_context);
    code = init_first(server, error);
    if (code == 0)
        code = init_observer(server, options->http && options->upstream_count == 0, error);
    if (code == 0)
        code = init_jobs(server, options, error);
    if (options->trunk_address != NULL || options->upstream_count > 0)
        thread_pool_start(&common->loop);
    if (code == 0)
        code = init_security(server, options, error);
    if (code == 0)
        code = trunk_access_init(&server->trunk, common, &server->first, options, error);
    if (code == 0)
        unix_access_init(&server->unix_access, &server->first, options);
    if (code == 0)
        code = init_relaying(server, options, error);
    if (code == 0)
        code = http_access_init(
            &common->http_access, &common->loop, &common->turns, &common->log,
            &common->observer, common->relaying.uplink, options, error);
    return code;
}

static void free_shared(struct tcpstore_server *server)
{
    recorder_done(&server->common.recorder);
    allow_list_free(&server->common.allowed);
}

int parts_init(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    struct common *common = &server->common;
    int status;
    int code =
        allow_list_parse(options->allowed, options->allowed_count, error, &common->allowed);

    if (code)
        return code;
    code = recorder_init(&common->recorder, options->limits.record_bytes);
    if (code) {
        error_set(
            error, code,
            "out of memory for a record of operations: lower --record, which is %zu",
            options->limits.record_bytes);
        free_shared(server);
        return code;
    }
    status = init_loop(server);
    if (status) {
        free_shared(server);
        return error_set(error, TCPSTORE_ESYSTEM, "event loop: %s", uv_strerror(status));
    }
    code = init_parts(server, options, error);
    if (code)
        parts_done(server);
    return code;
}

static int open_listeners(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    static const char *const every_interface[] = {"::"};
    struct acceptor *acceptor = &server->first.acceptor;

    if (options->listen_fd >= 0)
        return acceptor_adopt(acceptor, options->listen_fd, options->port, error);
    if (options->address_count == 0)
        return acceptor_listen(acceptor, every_interface, 1, options->port, error);
    return acceptor_listen(
        acceptor, options->addresses, options->address_count, options->port, error);
}

int parts_listen(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    int code = open_listeners(server, options, error);

    if (code == 0)
        code = http_access_listen(&server->common.http_access, options, error);
    if (code == 0)
        code = trunk_access_listen(&server->trunk, options, error);
    return code ? code : unix_access_listen(&server->unix_access, options, error);
}

int parts_start(struct tcpstore_server *server, struct tcpstore_error *error)
{
    int code = keyspace_start(&server->first, error);

    if (code == 0)
        code = http_access_start(&server->common.http_access, error);
    if (code == 0)
        code = trunk_access_start(&server->trunk, error);
    return code ? code : unix_access_start(&server->unix_access, error);
}

void parts_done(struct tcpstore_server *server)
{
    struct common *common = &server->common;

    parts_shut_down(server);
    close_loop(server);
    http_access_done(&common->http_access);
    observer_done(&common->observer);
    census_taker_done(&common->census_taker);
    job_stores_done(&server->jobs);
    trunk_access_done(&server->trunk);
    unix_access_done(&server->unix_access);
    relaying_done(&common->relaying);
    security_done(&common->security);
    keyspace_free_keys(&server->first);
    keyspace_done(&server->first);
    free_shared(server);
}
