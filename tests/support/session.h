/* A client of a peer, which has accepted and greeted it; the script goes on from there. */
#ifndef SUPPORT_SESSION_H
#define SUPPORT_SESSION_H

#include <tcpstore/client.h>

#include "support/peer.h"
#include "support/requests.h"

struct session {
    struct peer *peer;
    struct tcpstore_client *client;
};

/* Patient, with one try to connect. */
struct tcpstore_client_options session_options(uint16_t port);

/* Then the script's next steps, and session_start. */
void session_begin(struct session *session);

/* Operations may take so long; or, with options for the peer's port, as they say. */
void session_start(struct session *session, int32_t timeout_ms);
void session_start_with(struct session *session, const struct tcpstore_client_options *options);

/* As peer_end. */
void session_end(struct session *session);

/* More steps of the script. */
void session_expect_bare(struct session *session, enum operation operation);
void session_expect_wait(struct session *session, const char *key);
void session_send_number(struct session *session, uint64_t number);

#endif
