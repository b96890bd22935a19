/* A client connected to a peer: the script begins with the steps that connect. */
#ifndef SUPPORT_SESSION_H
#define SUPPORT_SESSION_H

#include <tcpstore/client.h>

#include "support/peer.h"
#include "support/requests.h"

struct session {
    struct peer *peer;
    struct tcpstore_client *client;
};

/* Long timeouts, and a single attempt to connect. */
struct tcpstore_client_options session_options(uint16_t port);

/* Begins the script; the next steps and session_start follow. */
void session_begin(struct session *session);

/* Starts the peer and connects, with a timeout for operations or with options for its port. */
void session_start(struct session *session, int32_t timeout_ms);
void session_start_with(struct session *session, const struct tcpstore_client_options *options);

/* Frees the client; then as peer_end. */
void session_end(struct session *session);

/* Steps of the script. */
void session_expect_bare(struct session *session, enum operation operation);
void session_expect_wait(struct session *session, const char *key);
void session_send_number(struct session *session, uint64_t number);

#endif
