/*
 * TLS for libcurl, which has no shared secrets: a local socket for libcurl to connect to, and a
 * thread that connects to the server with TLS and carries the bytes.
 *
 * The socket has a name that the kernel chooses, and no file. Only this process is served.
 */
#ifndef CLI_TUNNEL_H
#define CLI_TUNNEL_H

#include "tcpstore-cli/options.h"

#define TUNNEL_REASON_SIZE 256

struct tunnel;

/*
 * Listens. Whenever libcurl connects, and not before, reads the credentials of the options and
 * connects to their http_server. The options must outlive the tunnel.
 *
 * TCPSTORE_ENOMEM
 * TCPSTORE_ESYSTEM  no socket, or no thread
 */
TCPSTORE_MUST_USE
int tunnel_new(
    const struct options *options, struct tcpstore_error *error, struct tunnel **ret_tunnel);

/* For CURLOPT_ABSTRACT_UNIX_SOCKET. One connection at a time. */
const char *tunnel_name(const struct tunnel *tunnel);

/* Why the last connection has failed or ended; empty: it has not. */
void tunnel_reason(struct tunnel *tunnel, char ret_reason[TUNNEL_REASON_SIZE]);

/* Ends its thread. While that looks up the name of the server, it cannot be interrupted. NULL
 * is fine. */
void tunnel_free(struct tunnel *tunnel);

#endif
