/*
 * A stream that is encrypted by TLS, on a TCP stream. First comes the handshake, which `ready`
 * or `failed` ends; then the stream is like any other. Call the functions on the loop's thread.
 */
#ifndef SECURE_SECURE_STREAM_H
#define SECURE_SECURE_STREAM_H

#include "server/stream.h"
#include "server/turns.h"
#include "tls/session.h"

enum { SECURE_BUFFER_SIZE = 64 << 10 };

struct secure_events {
    /* The other end has proved who it is. The callee sets the stream's owner, which has it from
     * then on. On the end that connects, the other one may refuse it yet: then the stream ends.
     */
    void (*ready)(void *context, struct stream *stream);

    /* The handshake has failed: `failure` is valid during the call. The callee
     * discards the stream (server/discard.h), which it may do before, too. */
    void (*failed)(void *context, struct stream *stream, const struct tls_failure *failure);
};

/* What the streams of a server share. All pointers are borrowed. */
struct secure {
    uv_loop_t *loop;
    struct turns *turns;
    struct memory *memory;       /* of the streams; OpenSSL's own is not counted */
    struct tls_context *context; /* of streams to come; it may be replaced */
    uint8_t *buffer;             /* of SECURE_BUFFER_SIZE bytes, to receive into */
};

/* Opens the stream on a connected TCP socket; the other end has connected to this one. Returns
 * libuv's error: then `fd` is still the caller's. */
TCPSTORE_MUST_USE
int secure_stream_accept(
    const struct secure *secure, int fd, const struct secure_events *events, void *context,
    struct stream **ret_stream);

/* Likewise, for the end that has connected, as tls_session_connect. */
TCPSTORE_MUST_USE
int secure_stream_connect(
    const struct secure *secure, int fd, const char *host, enum tls_protocol protocol,
    const struct secure_events *events, void *context, struct stream **ret_stream);

/* After `ready`. What is spoken, and the proven name of the other end. */
enum tls_protocol secure_stream_protocol(const struct stream *stream);
const char *secure_stream_peer(const struct stream *stream);

#endif
