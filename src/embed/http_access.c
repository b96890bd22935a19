#include "embed/http_access.h"

#include <string.h>
#include <unistd.h>

static void on_accepted(void *context, int fd, const union address *peer, bool local)
{
    static const struct uplink_port port = {.store = "", .is_for_http = true};
    struct http_access *access = context;

    if (access->uplink != NULL)
        uplink_clients_admit(&access->uplink->clients, fd, peer, local, &port);
    else
        observer_adopt(access->observer, fd, peer, 0);
}

static void on_exhausted(void *context, int error)
{
    struct http_access *access = context;

    client_log_write(
        &access->log, TCPSTORE_LOG_WARN, "accept-paused", NULL, NULL,
        "reason=\"HTTP: %s; new connections wait\"", strerror(error));
}

/* The networks of the store's clients, unless HTTP has its own. */
static int parse_allowed(
    const struct tcpstore_server_options *options, struct tcpstore_error *error,
    struct allow_list *ret_allowed)
{
    if (options->http_allowed_count > 0)
        return allow_list_parse(
            options->http_allowed, options->http_allowed_count, error, ret_allowed);
    return allow_list_parse(options->allowed, options->allowed_count, error, ret_allowed);
}

int http_access_init(
    struct http_access *access, uv_loop_t *loop, struct turns *turns, const struct log *log,
    struct observer *observer, struct uplink *uplink,
    const struct tcpstore_server_options *options, struct tcpstore_error *error)
{
    static const struct acceptor_events events = {on_accepted, on_exhausted};
    int code;

    *access = (struct http_access){.observer = observer, .uplink = uplink, .is_open = true};
    client_log_init(&access->log, loop, log);
    code = parse_allowed(options, error, &access->allowed);
    if (code || options->http_address == NULL)
        return code;
    access->has_acceptor = true;
    acceptor_init(
        &access->acceptor, loop, turns, &access->log, &access->allowed, &events, access);
    return 0;
}

int http_access_listen(
    struct http_access *access, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    if (!access->has_acceptor)
        return 0;
    return acceptor_listen(
        &access->acceptor, &options->http_address, 1, options->http_port, error);
}

int http_access_start(struct http_access *access, struct tcpstore_error *error)
{
    return access->has_acceptor ? acceptor_start(&access->acceptor, error) : 0;
}

void http_access_admit(
    struct http_access *access, int fd, const union address *peer, uint64_t store)
{
    static const char reason[] = "HTTP from a host that is not allowed";

    if (allow_list_permits(&access->allowed, peer)) {
        observer_adopt(access->observer, fd, peer, store);
        return;
    }
    close(fd);
    client_log_write(
        &access->log, TCPSTORE_LOG_WARN, "client-refused", reason, peer, "reason=\"%s\"",
        reason);
}

const char *http_access_address(const struct http_access *access)
{
    return access->has_acceptor ? access->acceptor.sockets.list[0].text : NULL;
}

void http_access_close(struct http_access *access)
{
    if (!access->is_open)
        return;
    if (access->has_acceptor)
        acceptor_close(&access->acceptor);
    client_log_close(&access->log);
}

void http_access_done(struct http_access *access)
{
    if (access->has_acceptor)
        acceptor_done(&access->acceptor);
    allow_list_free(&access->allowed);
}
