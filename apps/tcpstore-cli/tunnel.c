/*
 * Happy path: listen; for each connection of libcurl's, connect to the server, shake hands, and
 * carry bytes until one end closes.
 *
 * Ways to fail: there is no socket or no thread; another process connects, and is disconnected;
 * the credentials are wrong, the server does not answer, is not the right one, or closes the
 * connection: then libcurl's is closed, and tunnel_reason says why.
 */
#include "tcpstore-cli/tunnel.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "client/connect.h"
#include "client/monotonic.h"
#include "client/options.h"
#include "tcpstore-cli/carry.h"

struct tunnel {
    const struct options *options;
    char *server; /* for messages */
    char name[sizeof(struct sockaddr_un)];
    int listener;
    int stop_fd; /* readable: the thread is to end */
    struct transport transport;
    pthread_t thread;
    pthread_mutex_t mutex;
    char reason[TUNNEL_REASON_SIZE]; /* guarded by the mutex */
};

static void note_reason(struct tunnel *tunnel, const char *reason)
{
    pthread_mutex_lock(&tunnel->mutex);
    snprintf(tunnel->reason, sizeof(tunnel->reason), "%s", reason);
    pthread_mutex_unlock(&tunnel->mutex);
}

/* libcurl, or its user, decides whether to try again. */
static bool give_up(void *context, const char *reason)
{
    (void)context;
    (void)reason;
    return false;
}

static int read_credentials(
    const struct tunnel *tunnel, struct tcpstore_error *error, struct tls_transport **ret_tls)
{
    const struct options *options = tunnel->options;
    const struct tls_files files = {
        options->tls_cert, options->tls_key, options->tls_ca, options->secret_file};

    return tls_transport_new(&files, options->http_server.host, error, ret_tls);
}

static int connect_to_server(
    struct tunnel *tunnel, struct tls_transport *tls, struct tcpstore_error *error)
{
    const struct options *options = tunnel->options;
    const struct target target = {
        .host = options->http_server.host,
        .port = (uint16_t)options->http_server.port,
        .server = tunnel->server,
        .timeout_ms = options_connect_ms(options),
        .keep_trying = give_up,
        .cancel_fd = tunnel->stop_fd,
        .tls = tls,
        .without_ping = true,
    };

    return connect_to(&target, monotonic_now(), &tunnel->transport, error);
}

/* In a few words if possible: the user knows which server it is. */
static const char *reason_of(const struct tunnel *tunnel, const struct tcpstore_error *error)
{
    bool has_reason = error->code == TCPSTORE_ECONNECT && tunnel->transport.reason != NULL;

    return has_reason ? tunnel->transport.reason : error->text;
}

static void serve(struct tunnel *tunnel, int fd)
{
    struct tls_transport *tls;
    struct tcpstore_error error;
    const char *reason;

    note_reason(tunnel, "");
    tunnel->transport.reason = NULL;
    if (read_credentials(tunnel, &error, &tls) || connect_to_server(tunnel, tls, &error))
        reason = reason_of(tunnel, &error);
    else
        reason = carry(fd, &tunnel->transport);
    if (reason != NULL)
        note_reason(tunnel, reason);
    transport_close(&tunnel->transport);
    tunnel->transport.tls = NULL;
    tls_transport_free(tls);
}

/* The name of the socket has no mode: every process of the host's network can connect. */
static bool is_of_this_process(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.pid == getpid();
}

/* False: the thread is to end. */
static bool wait_for_connection(const struct tunnel *tunnel)
{
    struct pollfd polls[] = {
        {.fd = tunnel->listener, .events = POLLIN}, {.fd = tunnel->stop_fd, .events = POLLIN}};
    int count;

    do {
        count = poll(polls, 2, -1);
    } while (count < 0 && errno == EINTR);
    return count > 0 && polls[1].revents == 0;
}

/* False: there is none, and the next one would fail as well. */
static bool serve_next(struct tunnel *tunnel)
{
    int fd = accept4(tunnel->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
        return true;
    if (fd < 0) {
        note_reason(tunnel, strerror(errno));
        return false;
    }
    if (is_of_this_process(fd))
        serve(tunnel, fd);
    close(fd);
    return true;
}

/* In the end libcurl is refused rather than left to wait. The socket stays open, which keeps
 * its name from other processes. */
static void *run(void *context)
{
    struct tunnel *tunnel = context;

    while (wait_for_connection(tunnel) && serve_next(tunnel)) {
    }
    shutdown(tunnel->listener, SHUT_RDWR);
    return NULL;
}

/* Without a path, the kernel chooses the name, which begins with a null byte. Returns -1 and
 * sets errno. */
static int start_listening(struct tunnel *tunnel)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t len = sizeof(address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -1;
    if (bind(fd, (struct sockaddr *)&address, sizeof(address.sun_family)) ||
        getsockname(fd, (struct sockaddr *)&address, &len) || listen(fd, SOMAXCONN)) {
        close(fd);
        return -1;
    }
    snprintf(tunnel->name, sizeof(tunnel->name), "%s", address.sun_path + 1);
    tunnel->listener = fd;
    return 0;
}

/* The new thread blocks signals, so they interrupt calls of the main thread. Returns an errno
 * value. */
static int start_thread(struct tunnel *tunnel)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&tunnel->thread, NULL, run, tunnel);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

/* Without its thread. */
static void discard(struct tunnel *tunnel)
{
    if (tunnel->listener >= 0)
        close(tunnel->listener);
    if (tunnel->stop_fd >= 0)
        close(tunnel->stop_fd);
    pthread_mutex_destroy(&tunnel->mutex);
    free(tunnel->server);
    free(tunnel);
}

static struct tunnel *allocate(const struct options *options)
{
    const struct tcpstore_client_options server = {
        .host = options->http_server.host, .port = (uint16_t)options->http_server.port};
    struct tunnel *tunnel = calloc(1, sizeof(*tunnel));

    if (tunnel == NULL)
        return NULL;
    tunnel->options = options;
    tunnel->transport.fd = -1;
    tunnel->listener = -1;
    tunnel->server = client_options_server(&server);
    tunnel->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&tunnel->mutex, NULL);
    return tunnel;
}

static int start(struct tunnel *tunnel, struct tcpstore_error *error)
{
    int failure;

    if (tunnel->server == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "HTTP with TLS: out of memory");
    if (tunnel->stop_fd < 0 || start_listening(tunnel))
        return error_set(
            error, TCPSTORE_ESYSTEM, "HTTP with TLS needs a local socket: %s; see ulimit -n",
            strerror(errno));
    failure = start_thread(tunnel);
    if (failure == 0)
        return 0;
    return error_set(
        error, TCPSTORE_ESYSTEM, "HTTP with TLS needs a thread: %s; see ulimit -u",
        strerror(failure));
}

int tunnel_new(
    const struct options *options, struct tcpstore_error *error, struct tunnel **ret_tunnel)
{
    struct tunnel *tunnel = allocate(options);
    int code;

    if (tunnel == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "HTTP with TLS: out of memory");
    code = start(tunnel, error);
    if (code) {
        discard(tunnel);
        return code;
    }
    *ret_tunnel = tunnel;
    return 0;
}

const char *tunnel_name(const struct tunnel *tunnel)
{
    return tunnel->name;
}

void tunnel_reason(struct tunnel *tunnel, char ret_reason[TUNNEL_REASON_SIZE])
{
    pthread_mutex_lock(&tunnel->mutex);
    memcpy(ret_reason, tunnel->reason, TUNNEL_REASON_SIZE);
    pthread_mutex_unlock(&tunnel->mutex);
}

void tunnel_free(struct tunnel *tunnel)
{
    if (tunnel == NULL)
        return;
    eventfd_write(tunnel->stop_fd, 1);
    pthread_join(tunnel->thread, NULL);
    discard(tunnel);
}
