/* A stream of bytes to a server. What kind of socket it is only the opening knows. */
#ifndef CLIENT_TRANSPORT_H
#define CLIENT_TRANSPORT_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/span.h"

struct transport {
    int fd;             /* -1: closed */
    int cancel_fd;      /* ends a wait once it is readable; -1: none */
    const char *reason; /* after a failure: why; static, or valid until the thread's next one */
    uint8_t received[1 << 16];
};

/*
 * A connection to that address, by `deadline` (clock.h). Unless it returns 0, the transport is
 * closed.
 *
 * TCPSTORE_ECONNECT   refused
 * TCPSTORE_ETIMEDOUT  no answer by then
 * TCPSTORE_ECANCELED  cancel_fd is readable
 * TCPSTORE_ESYSTEM    this machine cannot reach that address
 */
int transport_open(
    struct transport *transport, const struct sockaddr *address, socklen_t len,
    int64_t deadline);

enum transfer {
    TRANSFER_SOME,
    TRANSFER_NONE, /* not now; transport_wait tells when */
    TRANSFER_LOST, /* the connection; the transport stays open */
};

/* None of these waits, or raises a signal. */
enum transfer transport_send(struct transport *transport, struct span bytes, size_t *ret_sent);

/* The bytes are valid until the next call. */
enum transfer transport_receive(struct transport *transport, struct span *ret_bytes);

/* Until there is something to receive or, if asked for, room to send: 0. TCPSTORE_ETIMEDOUT:
 * the deadline has passed; TCPSTORE_ECANCELED. */
int transport_wait(struct transport *transport, bool to_send, int64_t deadline);

/* Closing twice is fine. */
void transport_close(struct transport *transport);

#endif
