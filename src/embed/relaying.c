#include "embed/relaying.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "server/endpoint.h"

static void free_all(struct relaying *relaying)
{
    for (size_t i = 0; relaying->upstreams != NULL && i < relaying->count; i++) {
        free(relaying->upstreams[i].host);
        free(relaying->upstreams[i].port);
    }
    free(relaying->upstreams);
    free(relaying->uplink);
    *relaying = (struct relaying){.uplink = NULL};
}

static char *copy(struct span text)
{
    return strndup((const char *)text.bytes, text.len);
}

/* The text was checked before. False: memory is refused. */
static bool copy_upstream(const char *text, struct upstream *upstream)
{
    struct span host, port;

    if (!endpoint_divide(text, &host, &port))
        return false;
    upstream->host = copy(host);
    upstream->port = copy(port);
    return upstream->host != NULL && upstream->port != NULL;
}

/* False: memory is refused. */
static bool allocate(struct relaying *relaying, const struct tcpstore_server_options *options)
{
    bool is_whole = true;

    relaying->count = options->upstream_count;
    relaying->upstreams = calloc(relaying->count, sizeof(*relaying->upstreams));
    relaying->uplink = calloc(1, sizeof(*relaying->uplink));
    if (relaying->upstreams == NULL || relaying->uplink == NULL)
        return false;
    for (size_t i = 0; is_whole && i < relaying->count; i++)
        is_whole = copy_upstream(options->upstreams[i], &relaying->upstreams[i]);
    return is_whole;
}

/* Returns libuv's error. */
static int init_http(
    struct relaying *relaying, const struct tcpstore_server_options *options, uv_loop_t *loop,
    const struct relaying_uses *uses)
{
    relaying->http = (struct relay_http){
        .uplink = relaying->uplink,
        .stores = &relaying->stores,
        .allowed = uses->http_allowed,
        .bridges = uses->bridges,
        .is_on = options->http,
        .has_port = options->http_address != NULL,
    };
    return relay_http_init(&relaying->http, loop);
}

static void init_stores(
    struct relaying *relaying, const struct uplink_config *config,
    const struct relaying_uses *uses)
{
    relay_stores_init(
        &relaying->stores, &(struct relay_stores_config){
                               .loop = config->loop,
                               .turns = config->turns,
                               .log = &relaying->log,
                               .memory = config->memory,
                               .uplink = relaying->uplink,
                               .beside = uses->beside,
                               .allowed = uses->allowed,
                               .told = uses->told,
                               .context = uses->context,
                           });
}

int relaying_init(
    struct relaying *relaying, const struct tcpstore_server_options *options,
    struct uplink_config config, const struct relaying_uses *uses, struct tcpstore_error *error)
{
    int status;

    if (options->upstream_count == 0)
        return 0;
    if (!allocate(relaying, options)) {
        free_all(relaying);
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for a relay");
    }
    status = init_http(relaying, options, config.loop, uses);
    if (status) {
        free_all(relaying);
        return error_set(
            error, TCPSTORE_ESYSTEM, "HTTP: %s; see ulimit -a", uv_strerror(status));
    }
    client_log_init(&relaying->log, config.loop, uses->log);
    init_stores(relaying, &config, uses);
    config.log = &relaying->log;
    config.http = (struct uplink_http){relay_http_refuse, relay_http_serve, &relaying->http};
    config.stores = (struct uplink_stores){
        relay_stores_open, relay_stores_close_one, relay_stores_close_all, &relaying->stores};
    config.upstreams = relaying->upstreams;
    config.upstream_count = options->upstream_count;
    uplink_init(relaying->uplink, &config);
    return 0;
}

void relaying_close(struct relaying *relaying)
{
    if (!relaying_is_on(relaying))
        return;
    relay_stores_close(&relaying->stores);
    uplink_close(relaying->uplink);
    relay_http_close(&relaying->http);
    client_log_close(&relaying->log);
}

void relaying_done(struct relaying *relaying)
{
    if (!relaying_is_on(relaying))
        return;
    relay_stores_done(&relaying->stores);
    uplink_done(relaying->uplink);
    free_all(relaying);
}
