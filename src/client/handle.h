/* A handle: a connection and the prefix of its keys. */
#ifndef CLIENT_HANDLE_H
#define CLIENT_HANDLE_H

#include "client/connection.h"

struct tcpstore_client {
    struct connection *connection;
    bool nested; /* from tcpstore_client_prefix: does what PrefixStore does */
    size_t prefix_len;
    uint8_t prefix[];
};

static inline struct span client_prefix(const struct tcpstore_client *client)
{
    return span_of(client->prefix, client->prefix_len);
}

#endif
