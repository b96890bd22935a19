/*
 * Happy path: socket, connect, poll until connected, shake hands if there is TLS; then send,
 * receive and poll.
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

enum { ENCRYPTED_MAX = 64 << 10 /* bytes of a request at a time */ };

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

static enum transfer failed(struct transport *transport, int error)
{
    if (is_transient(error))
        return TRANSFER_NONE;
    transport->reason = reason_of(error);
    return TRANSFER_LOST;
}

static enum transfer send_plain(
    struct transport *transport, struct span bytes, size_t *ret_sent)
{
    ssize_t len = send(transport->fd, bytes.bytes, bytes.len, MSG_NOSIGNAL);

    if (len < 0)
        return failed(transport, errno);
    *ret_sent = (size_t)len;
    return TRANSFER_SOME;
}

static enum transfer receive_plain(
    struct transport *transport, struct room room, size_t *ret_len)
{
    ssize_t len = recv(transport->fd, room.bytes, room.len, 0);

    if (len < 0)
        return failed(transport, errno);
    *ret_len = (size_t)len;
    if (len > 0)
        return TRANSFER_SOME;
    transport->reason = "closed by the server; its log may say why";
    return TRANSFER_LOST;
}

static enum transfer lose(struct transport *transport)
{
    transport->reason = tls_transport_reason(transport->tls);
    return TRANSFER_LOST;
}

/* Sends what TLS has for the server. TRANSFER_NONE: some is left. */
static enum transfer flush(struct transport *transport)
{
    enum transfer transfer = TRANSFER_SOME;
    struct span bytes;
    size_t sent = 0;

    while (transfer == TRANSFER_SOME &&
           (bytes = tls_transport_unsent(transport->tls)).len > 0) {
        transfer = send_plain(transport, bytes, &sent);
        if (transfer == TRANSFER_SOME)
            tls_transport_sent(transport->tls, sent);
    }
    return transfer;
}

/* Receives what TLS needs next. */
static enum transfer receive_for_tls(struct transport *transport)
{
    size_t len = 0;
    enum transfer transfer = receive_plain(transport, tls_transport_room(transport->tls), &len);

    if (transfer == TRANSFER_SOME)
        tls_transport_received(transport->tls, len);
    return transfer;
}

static enum transfer send_encrypted(
    struct transport *transport, struct span bytes, size_t *ret_sent)
{
    enum transfer transfer = flush(transport);

    if (transfer != TRANSFER_SOME)
        return transfer;
    *ret_sent = bytes.len < ENCRYPTED_MAX ? bytes.len : ENCRYPTED_MAX;
    if (!tls_transport_write(transport->tls, span_of(bytes.bytes, *ret_sent)))
        return lose(transport);
    return flush(transport) == TRANSFER_LOST ? TRANSFER_LOST : TRANSFER_SOME;
}

static enum transfer receive_encrypted(
    struct transport *transport, struct room room, size_t *ret_len)
{
    enum transfer transfer = flush(transport);

    if (transfer == TRANSFER_LOST)
        return transfer;
    do {
        switch (tls_transport_read(transport->tls, room, ret_len)) {
        case PROGRESS_DONE:
            return TRANSFER_SOME;
        case PROGRESS_LOST:
            return lose(transport);
        case PROGRESS_NEEDS_BYTES:
            break;
        }
        transfer = receive_for_tls(transport);
    } while (transfer == TRANSFER_SOME);
    return transfer;
}

static enum tls_progress greet(struct transport *transport)
{
    enum tls_progress progress = tls_transport_greet(transport->tls);

    if (flush(transport) == TRANSFER_LOST && progress != PROGRESS_LOST)
        return PROGRESS_LOST;
    if (progress == PROGRESS_LOST)
        lose(transport);
    return progress;
}

static int receive_or_wait(struct transport *transport, int64_t deadline)
{
    enum transfer transfer = receive_for_tls(transport);
    int code = 0;

    if (transfer == TRANSFER_NONE)
        code = transport_wait(transport, false, deadline);
    if (code == TCPSTORE_ETIMEDOUT)
        transport->reason = "it does not answer the TLS handshake";
    if (transfer != TRANSFER_LOST)
        return code;
    transport->reason = "it has closed the connection during the TLS handshake; does it speak "
                        "TLS on that port?";
    return TCPSTORE_EPROTOCOL;
}

/* TCPSTORE_EPROTOCOL: the server is not who it should be, or does not speak TLS. */
static int shake_hands(struct transport *transport, int64_t deadline)
{
    int code = tls_transport_begin(transport->tls);

    while (code == 0) {
        enum tls_progress progress = greet(transport);

        if (progress == PROGRESS_DONE)
            return 0;
        code = progress == PROGRESS_LOST ? TCPSTORE_EPROTOCOL
                                         : receive_or_wait(transport, deadline);
    }
    return code;
}

static int open_socket(
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

int transport_open(
    struct transport *transport, const struct sockaddr *address, socklen_t len,
    int64_t deadline)
{
    int code = open_socket(transport, address, len, deadline);

    if (code == 0 && transport->tls != NULL)
        code = shake_hands(transport, deadline);
    if (code)
        transport_close(transport);
    return code;
}

enum transfer transport_send(struct transport *transport, struct span bytes, size_t *ret_sent)
{
    if (transport->tls != NULL)
        return send_encrypted(transport, bytes, ret_sent);
    return send_plain(transport, bytes, ret_sent);
}

enum transfer transport_receive(struct transport *transport, struct span *ret_bytes)
{
    const struct room room = {transport->received, sizeof(transport->received)};
    size_t len = 0;
    enum transfer transfer = transport->tls != NULL ? receive_encrypted(transport, room, &len)
                                                    : receive_plain(transport, room, &len);

    if (transfer == TRANSFER_SOME)
        *ret_bytes = span_of(transport->received, len);
    return transfer;
}

int transport_wait(struct transport *transport, bool to_send, int64_t deadline)
{
    const struct tls_transport *tls = transport->tls;

    if (tls != NULL && tls_transport_has_more(tls))
        return 0;
    if (tls != NULL && tls_transport_unsent(tls).len > 0)
        to_send = true;
    return poll_until(transport, (short)(POLLIN | (to_send ? POLLOUT : 0)), deadline);
}

void transport_close(struct transport *transport)
{
    if (transport->fd >= 0)
        close(transport->fd);
    transport->fd = -1;
    if (transport->tls != NULL)
        tls_transport_end(transport->tls);
}
