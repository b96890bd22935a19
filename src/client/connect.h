/* From a host name to a server, which has answered a ping unless it is not to be sent one. */
#ifndef CLIENT_CONNECT_H
#define CLIENT_CONNECT_H

#include <tcpstore/client.h>

#include "client/transport.h"

struct target {
    const char *host;
    uint16_t port;
    const char *server; /* host and port, or the Unix socket, as messages show them */
    int32_t timeout_ms;
    bool (*keep_trying)(void *context, const char *reason); /* NULL: until the timeout */
    void *keep_trying_context;
    int cancel_fd;             /* -1: none */
    struct tls_transport *tls; /* NULL: none; borrowed */
    bool without_ping;         /* connected is enough: the caller speaks another protocol */
};

/* The timeout counts from `begun` (monotonic.h). Errors as tcpstore_client_connect. */
int connect_to(
    const struct target *target, int64_t begun, struct transport *transport,
    struct tcpstore_error *error);

/* What has failed, by the text of such an error, in which alone it is: the server accepted the
 * connection, and did not answer; or it closed the connection before it answered. */
bool connect_found_silence(const struct tcpstore_error *error);
bool connect_was_closed(const struct tcpstore_error *error);

#endif
