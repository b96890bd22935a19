/* The options of a client: checked, and what they say of the server. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include <tcpstore/client.h>

/* TCPSTORE_EINVAL: one is out of range. */
TCPSTORE_MUST_USE
int client_options_check(
    const struct tcpstore_client_options *options, struct tcpstore_error *error);

/* "head:29500", "[::1]:29500", or "unix:/run/tcpstore.sock", which the caller frees. NULL:
 * memory is refused. */
char *client_options_server(const struct tcpstore_client_options *options);

#endif
