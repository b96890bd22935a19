/*
 * Happy path: a listening socket becomes readable; accept until it would block or the turn is
 * over, and report each client's socket.
 *
 * Failures: the client has disconnected already: accept the next one. Its host is not allowed:
 * close it at once, so that it does not wait. No descriptor for it: it stays in the kernel's
 * queue, and accepting pauses, rather than spin, until acceptor_resume or for a second. The
 * same for any other error of accept, such as a socket that another process has shut down.
 */
#include "server/acceptor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/container.h"
#include "base/error.h"
#include "server/descriptors.h"
#include "server/local_peer.h"

enum {
    RETRY_MS = 1000,
    ACCEPT_STEPS = 64, /* for a client, admitted or not */
    BEHIND_STEPS = 4 * ACCEPT_STEPS,
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_retry(uv_timer_t *timer)
{
    acceptor_resume(timer->data);
}

static void pause_accepting(struct acceptor *acceptor)
{
    for (size_t i = 0; i < acceptor->listener_count; i++)
        uv_poll_stop(&acceptor->listeners[i].poll);
    uv_timer_start(&acceptor->retry_timer, on_retry, RETRY_MS, 0);
    acceptor->failed = true;
}

void acceptor_resume(struct acceptor *acceptor)
{
    if (!acceptor->failed || uv_is_closing((uv_handle_t *)&acceptor->retry_timer))
        return;
    uv_timer_stop(&acceptor->retry_timer);
    for (size_t i = 0; i < acceptor->listener_count; i++)
        uv_poll_start(&acceptor->listeners[i].poll, UV_READABLE, on_readable);
}

static void refuse_host(struct acceptor *acceptor, int fd, const union address *peer)
{
    static const char reason[] = "not in a network that is allowed";

    close(fd);
    client_log_write(
        acceptor->log, TCPSTORE_LOG_WARN, "client-refused", reason, peer, "reason=\"%s\"",
        reason);
}

static void admit(struct acceptor *acceptor, int fd, const union address *peer)
{
    if (allow_list_permits(acceptor->allowed, peer))
        acceptor->events->accepted(acceptor->context, fd, peer, local_peer_is(fd, peer));
    else
        refuse_host(acceptor, fd, peer);
}

static bool is_out_of_resources(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* If a queued connection has failed, Linux reports its error from accept. */
static bool concerns_one_client(int error)
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

static void pause_until_resources(struct acceptor *acceptor, int error)
{
    if (!acceptor->failed)
        acceptor->events->exhausted(acceptor->context, error);
    pause_accepting(acceptor);
}

static void pause_after_failure(
    struct acceptor *acceptor, const struct listen_socket *socket, int error)
{
    client_log_write(
        acceptor->log, TCPSTORE_LOG_WARN, "accept-failed", NULL, NULL,
        "address=%s reason=\"%s\"", socket->text, strerror(error));
    pause_accepting(acceptor);
}

/* The kernel has noted which process has connected, and accept4 does not tell. */
static void take_process(int fd, union address *peer)
{
    struct ucred process = {0};
    socklen_t len = sizeof(process);

    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &process, &len);
    *peer = (union address){.unix_peer = {.family = AF_UNIX, .pid = process.pid}};
}

/* Returns whether there may be more clients. */
static bool accept_client(struct acceptor *acceptor, const struct listen_socket *socket)
{
    union address peer = {0};
    socklen_t len = sizeof(peer);
    int fd = accept4(socket->fd, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0) {
        if (address_is_unix(&peer))
            take_process(fd, &peer);
        admit(acceptor, fd, &peer);
        return true;
    }
    if (concerns_one_client(errno))
        return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        acceptor->failed = false;
    else if (is_out_of_resources(errno))
        pause_until_resources(acceptor, errno);
    else
        pause_after_failure(acceptor, socket, errno);
    return false;
}

/* While clients wait for turns, only a few are accepted: otherwise more could come than leave,
 * as a client that has disconnected leaves in a turn, too. */
static void accept_clients(struct acceptor *acceptor, size_t index)
{
    struct turn *turn = &acceptor->listeners[index].turn;
    long steps = turn_begin(acceptor->turns, turn);
    long least = acceptor->turns->is_behind && steps > BEHIND_STEPS ? steps - BEHIND_STEPS : 0;

    while (steps > least && accept_client(acceptor, &acceptor->sockets.list[index]))
        steps -= ACCEPT_STEPS;
    turn_end(acceptor->turns, turn, steps);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct acceptor *acceptor = poll->data;
    struct listener *listener = CONTAINER_OF(poll, struct listener, poll);
    struct held_descriptors held;

    (void)status; /* accept reports the error */
    (void)events;
    descriptors_hold(&held);
    accept_clients(acceptor, (size_t)(listener - acceptor->listeners));
    descriptors_release(&held);
}

void acceptor_init(
    struct acceptor *acceptor, uv_loop_t *loop, struct turns *turns, struct client_log *log,
    const struct allow_list *allowed, const struct acceptor_events *events, void *context)
{
    *acceptor = (struct acceptor){
        .loop = loop,
        .turns = turns,
        .log = log,
        .allowed = allowed,
        .events = events,
        .context = context};
    uv_timer_init(loop, &acceptor->retry_timer);
    acceptor->retry_timer.data = acceptor;
}

/* Called before the sockets are opened: an adopted socket cannot be given back. */
static int allocate_listeners(
    struct acceptor *acceptor, size_t count, struct tcpstore_error *error)
{
    free(acceptor->listeners);
    acceptor->listeners = calloc(count, sizeof(*acceptor->listeners));
    if (acceptor->listeners == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for %zu listeners", count);
    return 0;
}

int acceptor_listen(
    struct acceptor *acceptor, const char *const *addresses, size_t count, uint16_t port,
    struct tcpstore_error *error)
{
    int code = allocate_listeners(acceptor, count, error);

    return code ? code
                : listen_sockets_open(
                      addresses, count, port, &acceptor->log->log, error, &acceptor->sockets);
}

int acceptor_listen_beside(
    struct acceptor *acceptor, const struct acceptor *other, uint16_t port,
    struct tcpstore_error *error)
{
    int code = allocate_listeners(acceptor, other->sockets.count, error);

    return code ? code
                : listen_sockets_open_beside(
                      &other->sockets, port, &acceptor->log->log, error, &acceptor->sockets);
}

int acceptor_adopt(
    struct acceptor *acceptor, int fd, uint16_t port, struct tcpstore_error *error)
{
    int code = allocate_listeners(acceptor, 1, error);

    return code ? code : listen_sockets_adopt(fd, port, error, &acceptor->sockets);
}

int acceptor_take(
    struct acceptor *acceptor, int fd, const char *text, struct tcpstore_error *error)
{
    int code = allocate_listeners(acceptor, 1, error);

    return code ? code : listen_sockets_take(fd, text, error, &acceptor->sockets);
}

bool acceptor_can_watch(const struct acceptor *acceptor, struct memory *memory)
{
    for (size_t i = 0; i < acceptor->sockets.count; i++) {
        if (!descriptors_can_watch(acceptor->loop, acceptor->sockets.list[i].fd, memory))
            return false;
    }
    return true;
}

int acceptor_start(struct acceptor *acceptor, struct tcpstore_error *error)
{
    for (size_t i = 0; i < acceptor->sockets.count; i++) {
        const struct listen_socket *socket = &acceptor->sockets.list[i];
        uv_poll_t *poll = &acceptor->listeners[i].poll;
        int status = uv_poll_init(acceptor->loop, poll, socket->fd);

        if (status)
            return error_set(
                error, TCPSTORE_ESYSTEM, "watching %s: %s", socket->text, uv_strerror(status));
        acceptor->listener_count++;
        poll->data = acceptor;
        uv_poll_start(poll, UV_READABLE, on_readable);
    }
    return 0;
}

void acceptor_close(struct acceptor *acceptor)
{
    for (size_t i = 0; i < acceptor->listener_count; i++)
        uv_close((uv_handle_t *)&acceptor->listeners[i].poll, NULL);
    uv_close((uv_handle_t *)&acceptor->retry_timer, NULL);
    listen_sockets_close(&acceptor->sockets);
}

void acceptor_done(struct acceptor *acceptor)
{
    listen_sockets_free(&acceptor->sockets);
    free(acceptor->listeners);
}
