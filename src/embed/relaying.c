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

int relaying_init(
    struct relaying *relaying, const struct tcpstore_server_options *options,
    const struct log *log, struct uplink_config config, struct tcpstore_error *error)
{
    if (options->upstream_count == 0)
        return 0;
    if (!allocate(relaying, options)) {
        free_all(relaying);
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for a relay");
    }
    client_log_init(&relaying->log, config.loop, log);
    config.log = &relaying->log;
    config.upstreams = relaying->upstreams;
    config.upstream_count = options->upstream_count;
    uplink_init(relaying->uplink, &config);
    return 0;
}

void relaying_close(struct relaying *relaying)
{
    if (!relaying_is_on(relaying))
        return;
    uplink_close(relaying->uplink);
    client_log_close(&relaying->log);
}

void relaying_done(struct relaying *relaying)
{
    if (!relaying_is_on(relaying))
        return;
    uplink_done(relaying->uplink);
    free_all(relaying);
}
