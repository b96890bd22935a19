/*
 * One end of a TLS connection, without the connection: the caller puts bytes from the other end
 * into the pipe, and takes those for it from pipe.out. Not thread-safe.
 */
#ifndef TLS_SESSION_H
#define TLS_SESSION_H

#include "tls/context.h"
#include "tls/peer.h"
#include "tls/pipe.h"
#include "tls/protocol.h"

enum tls_result {
    TLS_DONE,
    TLS_NEEDS_BYTES,
    TLS_ENDED,  /* the other end sends no more */
    TLS_FAILED, /* peer.failure says why; there may be an alert in the pipe */
};

/* Do not copy or move it. */
struct tls_session {
    struct ssl_st *ssl;
    struct tls_context *context;
    struct tls_peer peer;
    struct tls_pipe pipe;
    bool accepts; /* the other end has connected to this one */
    bool has_failed;
    unsigned key_changes; /* that the other end has asked for */
};

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int tls_session_accept(
    struct tls_session *session, struct tls_context *context, struct memory *memory);

/* `host` is the name or the numeric address to which this end has connected: certificates must
 * be for it. */
TCPSTORE_MUST_USE
int tls_session_connect(
    struct tls_session *session, struct tls_context *context, struct memory *memory,
    const char *host, enum tls_protocol protocol);

void tls_session_done(struct tls_session *session);

/* Goes on with the handshake. TLS_DONE: it is over; peer.name is proven. */
enum tls_result tls_session_greet(struct tls_session *session);

/* Decrypts at least one byte into the room, and sets *ret_len. */
enum tls_result tls_session_read(
    struct tls_session *session, struct room room, size_t *ret_len);

/* Whether there are bytes that were not read yet, decrypted or not. */
bool tls_session_has_more(const struct tls_session *session);

/* The next byte, without taking it. */
enum tls_result tls_session_peek(struct tls_session *session, uint8_t *ret_byte);

/* Encrypts all of the bytes. False: it has failed. */
TCPSTORE_MUST_USE
bool tls_session_write(struct tls_session *session, struct span bytes);

/* Tells the other end that no more follows. */
void tls_session_end(struct tls_session *session);

#endif
