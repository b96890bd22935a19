/*
 * Happy path: the socket is readable, accept until it would block, each client becomes a
 * connection.
 *
 * Ways to fail: the client has gone again: the next one. Its host is not allowed, there are too
 * many clients, or there is no memory for it: it is closed at once, so that it knows. No
 * descriptor for it: it stays in the kernel's queue, and accepting pauses, rather than spin,
 * until a client leaves or a second has passed; so it does where the kernel fails otherwise, as
 * when another process has shut the socket down. The log's lines of all these are limited by
 * client_log.h.
 */
#include "server/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "server/client_log.h"
#include "server/conn.h"
#include "server/descriptors.h"

enum {
    RETRY_MS = 1000,
    ACCEPTS_PER_TURN = 64, /* so that a rush of new clients does not hold up the others */
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_retry(uv_timer_t *timer)
{
    listeners_resume(timer->data);
}

static void pause_accepting(struct tcpstore_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++)
        uv_poll_stop(&server->listeners[i].poll);
    uv_timer_start(&server->accept_timer, on_retry, RETRY_MS, 0);
    server->accept_failed = true;
}

static void wait_for_descriptors(struct tcpstore_server *server, int error)
{
    if (!server->accept_failed)
        client_log_event(
            server, TCPSTORE_LOG_WARN, "accept-paused", NULL, NULL,
            "clients=%zu reason=\"%s; new clients wait until one leaves\"", server->conn_count,
            strerror(error));
    pause_accepting(server);
}

void listeners_resume(struct tcpstore_server *server)
{
    if (server->stopping || !server->accept_failed)
        return;
    uv_timer_stop(&server->accept_timer);
    for (size_t i = 0; i < server->listener_count; i++)
        uv_poll_start(&server->listeners[i].poll, UV_READABLE, on_readable);
}

static void refuse_excess(struct tcpstore_server *server, int fd, const union address *peer)
{
    close(fd);
    client_log_event(
        server, TCPSTORE_LOG_WARN, "client-refused", tcpstore_strerror(TCPSTORE_ECLIENTS), peer,
        "reason=\"%zu clients are connected, the most allowed\"", server->conn_count);
}

static void refuse_network(struct tcpstore_server *server, int fd, const union address *peer)
{
    static const char reason[] = "not in a network that is allowed";

    close(fd);
    client_log_event(
        server, TCPSTORE_LOG_WARN, "client-refused", reason, peer, "reason=\"%s\"", reason);
}

static bool is_allowed(const struct tcpstore_server *server, const union address *peer)
{
    return server->allowed == NULL ||
           networks_hold(server->allowed, server->allowed_count, peer);
}

/* Whether it comes from a loopback address, or from the address that it connects to. */
static bool is_local(int fd, const union address *peer)
{
    union address own = {0};
    socklen_t len = sizeof(own);

    if (address_is_loopback(peer))
        return true;
    return getsockname(fd, &own.any, &len) == 0 &&
           span_equal(address_host(&own), address_host(peer));
}

/* Returns false if there is no room for it. */
static bool choose_kind(
    const struct tcpstore_server *server, bool local, enum client_kind *ret_kind)
{
    if (server->conn_count - server->guest_count < server->limits.clients)
        *ret_kind = local ? CLIENT_LOCAL : CLIENT_REMOTE;
    else if (local && server->guest_count < TCPSTORE_GUESTS)
        *ret_kind = CLIENT_GUEST;
    else
        return false;
    return true;
}

static void admit(struct tcpstore_server *server, int fd, const union address *peer)
{
    enum client_kind kind;

    if (!is_allowed(server, peer))
        refuse_network(server, fd, peer);
    else if (!choose_kind(server, is_local(fd, peer), &kind))
        refuse_excess(server, fd, peer);
    else
        conn_open(server, fd, peer, kind);
}

static bool is_out_of_resources(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Linux reports what has become of a connection that it has queued. */
static bool is_of_one_client(int error)
{
    switch (error) {
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EPROTO:
        return true;
    default:
        return false;
    }
}

static void accept_clients(struct listener *listener)
{
    struct tcpstore_server *server = listener->server;

    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        union address peer = {0};
        socklen_t len = sizeof(peer);
        int fd = accept4(listener->fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            admit(server, fd, &peer);
        } else if (is_out_of_resources(errno)) {
            wait_for_descriptors(server, errno);
            return;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            server->accept_failed = false;
            return;
        } else if (!is_of_one_client(errno)) {
            client_log_event(
                server, TCPSTORE_LOG_WARN, "accept-failed", NULL, NULL,
                "address=%s reason=\"%s\"", listener->text, strerror(errno));
            pause_accepting(server);
            return;
        }
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct held_descriptors held;

    (void)status; /* accept says what is wrong */
    (void)events;
    descriptors_hold(&held);
    accept_clients(poll->data);
    descriptors_release(&held);
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
