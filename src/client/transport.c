/*
 * Happy path: socket, connect, poll until connected; then send, receive and poll.
 *
 * Ways to fail: no program listens there, or no machine responds; no program listens there, and
 * the kernel picks that same port for this end, so that the socket is connected to itself; the
 * server closes or resets the connection; the machine vanishes, which keep-alive detects while
 * nothing is sent and TCP_USER_TIMEOUT while something is. A signal that interrupts a wait has
 * no effect. Cancelling ends the next wait, even if there are bytes to receive.
 */
#include "client/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include <tcpstore/error.h>

#include "client/monotonic.h"

/* Together they detect a vanished machine within about a minute. */
enum {
    IDLE_SECONDS = 30,
    PROBE_SECONDS = 10,
    PROBES = 3,
    UNACKNOWLEDGED_MS = 60000,
};

static const char *reason_of(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return "connection refused";
    case EAGAIN:
        return "the server's queue of new clients is full"; /* of a Unix socket */
    case ECONNRESET:
    case EPIPE:
        return "reset by the server; its log may say why";
    case ETIMEDOUT:
        return "the host does not respond";
    case EHOSTUNREACH:
    case ENETUNREACH:
        return "no route to host";
    default:
        return strerror(error);
    }
}

static int code_of(int error)
{
    switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
        return TCPSTORE_ECONNECT;
    case ETIMEDOUT:
        return TCPSTORE_ETIMEDOUT;
    case ECANCELED:
        return TCPSTORE_ECANCELED;
    default:
        return TCPSTORE_ESYSTEM;
    }
}

static bool is_transient(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int set(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value));
}

/* Best effort: a socket other than TCP refuses the TCP options, and does not need them. */
static void set_options(int fd)
{
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, IDLE_SECONDS);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_SECONDS);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS);
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static int poll_until(const struct transport *transport, short events, int64_t deadline)
{
    struct pollfd polls[] = {
        {.fd = transport->fd, .events = events},
        {.fd = transport->cancel_fd, .events = POLLIN},
    };

    for (;;) {
        int64_t left = deadline - monotonic_now();
        struct timespec time = timespec_of_ns(left > 0 ? left : 0);
        int count = ppoll(polls, 2, &time, NULL);

        if (count > 0)
            return polls[1].revents ? TCPSTORE_ECANCELED : 0;
        if (count == 0 || !is_transient(errno))
            return TCPSTORE_ETIMEDOUT;
    }
}

/* Returns 0 or an errno value. */
static int connect_until(
    const struct transport *transport, const struct sockaddr *address, socklen_t address_len,
    int64_t deadline)
{
    int error = 0;
    socklen_t len = sizeof(error);
    int code;

    if (connect(transport->fd, address, address_len) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return errno;
    code = poll_until(transport, POLLOUT, deadline);
    if (code)
        return code == TCPSTORE_ECANCELED ? ECANCELED : ETIMEDOUT;
    if (getsockopt(transport->fd, SOL_SOCKET, SO_ERROR, &error, &len))
        return errno;
    return error;
}

/* Descriptors 0 to 2 belong to the program, even while they are closed: a socket that had the
 * number of standard output would send the server what the program prints. */
static int move_above_standard(int fd)
{
    int moved, error;

    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    error = errno;
    close(fd);
    errno = error;
    return moved;
}

/* TCP connects a socket to itself if the target port is free and the kernel happens to pick it
 * for this end. Linux sets every byte of both addresses. */
static bool is_connected_to_itself(int fd)
{
    struct sockaddr_storage here, there;
    socklen_t here_len = sizeof(here);
    socklen_t there_len = sizeof(there);

    return getsockname(fd, (struct sockaddr *)&here, &here_len) == 0 &&
           getpeername(fd, (struct sockaddr *)&there, &there_len) == 0 &&
           here_len == there_len && memcmp(&here, &there, here_len) == 0;
}

/* Avoids TIME_WAIT, in which a server that starts now could not bind its port. */
static void reset_on_close(int fd)
{
    const struct linger reset = {.l_onoff = 1};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
}

int transport_open(
    struct transport *transport, const struct sockaddr *address, socklen_t len,
    int64_t deadline)
{
    int error;

    transport->fd = move_above_standard(
        socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (transport->fd < 0) {
        transport->reason = reason_of(errno);
        return TCPSTORE_ESYSTEM;
    }
    set_options(transport->fd);
    error = connect_until(transport, address, len, deadline);
    if (error == 0 && is_connected_to_itself(transport->fd)) {
        reset_on_close(transport->fd);
        error = ECONNREFUSED;
    }
    if (error) {
        transport->reason = reason_of(error);
        transport_close(transport);
        return code_of(error);
    }
    return 0;
}

static enum transfer failed(struct transport *transport, int error)
{
    if (is_transient(error))
        return TRANSFER_NONE;
    transport->reason = reason_of(error);
    return TRANSFER_LOST;
}

enum transfer transport_send(struct transport *transport, struct span bytes, size_t *ret_sent)
{
    ssize_t len = send(transport->fd, bytes.bytes, bytes.len, MSG_NOSIGNAL);

    if (len < 0)
        return failed(transport, errno);
    *ret_sent = (size_t)len;
    return TRANSFER_SOME;
}

enum transfer transport_receive(struct transport *transport, struct span *ret_bytes)
{
    ssize_t len = recv(transport->fd, transport->received, sizeof(transport->received), 0);

    if (len < 0)
        return failed(transport, errno);
    if (len == 0) {
        transport->reason = "closed by the server; its log may say why";
        return TRANSFER_LOST;
    }
    *ret_bytes = span_of(transport->received, (size_t)len);
    return TRANSFER_SOME;
}

int transport_wait(struct transport *transport, bool to_send, int64_t deadline)
{
    return poll_until(transport, (short)(POLLIN | (to_send ? POLLOUT : 0)), deadline);
}

void transport_close(struct transport *transport)
{
    if (transport->fd >= 0)
        close(transport->fd);
    transport->fd = -1;
}
