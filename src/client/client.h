/* A handle: a connection, and what stands in front of its keys. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

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

static inline struct span span_in(struct tcpstore_span span)
{
    return span_of(span.bytes, span.size);
}

#endif
