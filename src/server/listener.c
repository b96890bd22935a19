/*
 * Happy path: the socket is readable, accept until it would block, each client becomes a
 * connection.
 *
 * Ways to fail: the client has gone again: the next one. Its host is not allowed, there are too
 * many clients, or there is no memory for it: it is closed at once, so that it knows. No
 * descriptor for it: it stays in the kernel's queue, and accepting pauses, rather than spin,
 * until a client leaves or a second has passed. Of clients that are too many, or wait, the log
 * has a line when that begins, not for each; of hosts that are not allowed, one in ten seconds.
 */
#include "server/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "server/conn.h"
#include "server/descriptor.h"
#include "server/socket.h"

enum {
    RETRY_MS = 1000,
    PORT_ATTEMPTS = 16,    /* for a free port that is free on every address */
    ACCEPTS_PER_TURN = 64, /* so that a rush of new clients does not hold up the others */
    QUIET_MS = 10000,      /* from one line of a host that is not allowed to the next */
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_retry(uv_timer_t *timer)
{
    listeners_resume(timer->data);
}

static void pause_accepting(struct tcpstore_server *server, int error)
{
    for (size_t i = 0; i < server->listener_count; i++)
        uv_poll_stop(&server->listeners[i].poll);
    uv_timer_start(&server->accept_timer, on_retry, RETRY_MS, 0);
    if (!server->starved)
        log_event(
            &server->log, TCPSTORE_LOG_WARN, "accept-paused",
            "clients=%zu reason=\"%s; new clients wait until one leaves\"", server->conn_count,
            strerror(error));
    server->starved = true;
}

void listeners_resume(struct tcpstore_server *server)
{
    if (server->stopping || !server->starved)
        return;
    uv_timer_stop(&server->accept_timer);
    for (size_t i = 0; i < server->listener_count; i++)
        uv_poll_start(&server->listeners[i].poll, UV_READABLE, on_readable);
}

static void refuse(struct tcpstore_server *server, int fd, const union address *peer)
{
    char text[ADDRESS_TEXT_MAX];

    close(fd);
    if (!server->refusing)
        log_event(
            &server->log, TCPSTORE_LOG_WARN, "client-refused",
            "client=%s reason=\"%zu clients are connected, the most allowed\"",
            address_format(peer, text), server->conn_count);
    server->refusing = true;
}

/* They come at any rate they like, and need not be clients at all. */
static void turn_away(struct tcpstore_server *server, int fd, const union address *peer)
{
    char text[ADDRESS_TEXT_MAX];

    close(fd);
    server->turned_away++;
    if (uv_now(&server->loop) < server->quiet_until)
        return;
    log_event(
        &server->log, TCPSTORE_LOG_WARN, "client-refused",
        "client=%s refused=%zu reason=\"not in a network that is allowed\"",
        address_format(peer, text), server->turned_away);
    server->turned_away = 0;
    server->quiet_until = uv_now(&server->loop) + QUIET_MS;
}

static bool is_allowed(const struct tcpstore_server *server, const union address *peer)
{
    return server->allowed == NULL ||
           networks_hold(server->allowed, server->allowed_count, peer);
}

static void welcome(struct tcpstore_server *server, int fd, const union address *peer)
{
    if (!is_allowed(server, peer)) {
        turn_away(server, fd, peer);
        return;
    }
    if (server->conn_count >= server->limits.clients) {
        refuse(server, fd, peer);
        return;
    }
    server->refusing = false;
    conn_open(server, fd, peer);
}

static bool is_out_of_resources(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void accept_clients(struct listener *listener)
{
    struct tcpstore_server *server = listener->server;

    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        union address peer = {0};
        socklen_t len = sizeof(peer);
        int fd = accept4(listener->fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            welcome(server, fd, &peer);
        } else if (is_out_of_resources(errno)) {
            pause_accepting(server, errno);
            return;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            server->starved = false;
            return;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            log_event(
                &server->log, TCPSTORE_LOG_WARN, "accept-failed", "address=%s reason=\"%s\"",
                listener->text, strerror(errno));
            return;
        }
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct descriptor_hold hold;

    (void)status; /* accept says what is wrong */
    (void)events;
    descriptor_hold(&hold);
    accept_clients(poll->data);
    descriptor_release(&hold);
}

static void add_listener(struct tcpstore_server *server, int fd, const union address *address)
{
    struct listener *listener = &server->listeners[server->listener_count++];

    *listener = (struct listener){.server = server, .fd = fd, .address = *address};
    address_format(address, listener->text);
}

/* Before the loop knows them. */
static void drop_listeners(struct tcpstore_server *server)
{
    while (server->listener_count > 0)
        close(server->listeners[--server->listener_count].fd);
}

static int open_one(
    struct tcpstore_server *server, const union address *address, bool only_v6,
    struct tcpstore_error *error)
{
    union address bound;
    int fd;
    int code = socket_listen(address, only_v6, error, &fd);

    if (code)
        return code;
    code = socket_address(fd, error, &bound);
    if (code) {
        close(fd);
        return code;
    }
    add_listener(server, fd, &bound);
    return 0;
}

static int open_any(struct tcpstore_server *server, uint16_t port, struct tcpstore_error *error)
{
    union address every_v6;
    union address every_v4;
    int code;

    address_parse("::", port, &every_v6);
    address_parse("0.0.0.0", port, &every_v4);
    code = open_one(server, &every_v6, false, error);
    if (code == 0 || code == TCPSTORE_EADDRINUSE || code == TCPSTORE_EACCESS)
        return code;
    log_event(
        &server->log, TCPSTORE_LOG_INFO, "no-ipv6", "reason=\"trying 0.0.0.0 instead of ::\"");
    return open_one(server, &every_v4, false, error);
}

static int parse_addresses(
    const struct tcpstore_server_options *options, union address *addresses, bool *ret_has_v4,
    struct tcpstore_error *error)
{
    *ret_has_v4 = false;
    for (size_t i = 0; i < options->address_count; i++) {
        if (!address_parse(options->addresses[i], options->port, &addresses[i]))
            return error_set(
                error, TCPSTORE_EINVAL,
                "'%s' is not a numeric address; give one such as 127.0.0.1, ::1, or :: for all",
                options->addresses[i]);
        *ret_has_v4 |= addresses[i].any.sa_family == AF_INET;
    }
    return 0;
}

/* One try at listening on all of them; with port 0, the first one's free port is asked of the
 * others. */
static int open_all(
    struct tcpstore_server *server, union address *addresses, size_t count, bool has_v4,
    struct tcpstore_error *error)
{
    for (size_t i = 0; i < count; i++) {
        union address address = addresses[i];
        int code;

        if (i > 0)
            address_set_port(&address, address_port(&server->listeners[0].address));
        code = open_one(server, &address, has_v4, error);
        if (code) {
            drop_listeners(server);
            return code;
        }
    }
    return 0;
}

static int open_addresses(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    union address *addresses, struct tcpstore_error *error)
{
    bool has_v4;
    int code = parse_addresses(options, addresses, &has_v4, error);
    int attempts = options->port == 0 ? PORT_ATTEMPTS : 1;

    if (code)
        return code;
    do {
        code = open_all(server, addresses, options->address_count, has_v4, error);
    } while (code == TCPSTORE_EADDRINUSE && --attempts > 0);
    return code;
}

static int open_sockets(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    union address *addresses;
    union address bound;
    int code;

    if (options->listen_fd >= 0) {
        code = socket_adopt(options->listen_fd, options->port, error);
        if (code == 0)
            code = socket_address(options->listen_fd, error, &bound);
        if (code == 0)
            add_listener(server, options->listen_fd, &bound);
        return code;
    }
    if (options->address_count == 0)
        return open_any(server, options->port, error);
    addresses = calloc(options->address_count, sizeof(*addresses));
    if (addresses == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for addresses");
    code = open_addresses(server, options, addresses, error);
    free(addresses);
    return code;
}

/* The first failure may be made good by another try: only the last one counts. */
int listeners_open(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    size_t count = options->address_count > 0 ? options->address_count : 1;
    struct tcpstore_error last;
    int code;

    server->listeners = calloc(count, sizeof(*server->listeners));
    if (server->listeners == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for %zu listeners", count);
    code = open_sockets(server, options, &last);
    if (code) {
        free(server->listeners);
        server->listeners = NULL;
        error_set(error, code, "%s", last.text);
    }
    return code;
}

int listeners_watch(struct tcpstore_server *server, struct tcpstore_error *error)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        int status = uv_poll_init(&server->loop, &listener->poll, listener->fd);

        if (status)
            return error_set(
                error, TCPSTORE_ESYSTEM, "watching %s: %s", listener->text,
                uv_strerror(status));
        listener->poll.data = listener;
        uv_poll_start(&listener->poll, UV_READABLE, on_readable);
    }
    return 0;
}

void listeners_close(struct tcpstore_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];

        if (listener->poll.data != NULL)
            uv_close((uv_handle_t *)&listener->poll, NULL);
        close(listener->fd);
    }
}
