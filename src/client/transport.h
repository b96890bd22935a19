/*
 * A byte stream to a server: a TCP or Unix socket, encrypted by TLS if `tls` is set before it
 * is opened.
 */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "client/tls_transport.h"

struct transport {
    int fd;                    /* -1: closed */
    struct tls_transport *tls; /* NULL: not encrypted; borrowed */
    int cancel_fd;             /* ends a wait once it is readable; -1: none */
    const char *reason; /* of the last failure; static, or valid until this thread's next one */
    uint8_t received[1 << 16];
};

/*
 * Connects to `address`. The transport is closed unless this returns 0.
 *
 * TCPSTORE_ECONNECT   refused
 * TCPSTORE_ETIMEDOUT  not connected by `deadline` (monotonic.h)
 * TCPSTORE_ECANCELED  the transport's cancel_fd is readable
 * TCPSTORE_ESYSTEM    this machine cannot reach that address
 * TCPSTORE_EPROTOCOL  the TLS handshake has failed
 * TCPSTORE_ENOMEM
 */
int transport_open(
    struct transport *transport, const struct sockaddr *address, socklen_t len,
    int64_t deadline);

static inline bool transport_is_open(const struct transport *transport)
{
    return transport->fd >= 0;
}

enum transfer {
    TRANSFER_SOME,
    TRANSFER_NONE, /* not possible now; call transport_wait */
    TRANSFER_LOST, /* the connection; the transport stays open */
};

/* Neither waits or raises a signal. The bytes received are valid until the next call. */
enum transfer transport_send(struct transport *transport, struct span bytes, size_t *ret_sent);
enum transfer transport_receive(struct transport *transport, struct span *ret_bytes);

/* Waits until it can receive or, if `to_send`, send. TCPSTORE_ETIMEDOUT past `deadline`;
 * TCPSTORE_ECANCELED. */
int transport_wait(struct transport *transport, bool to_send, int64_t deadline);

/* Closing twice is fine. */
void transport_close(struct transport *transport);

#endif
