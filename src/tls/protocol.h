/* What is spoken over a TLS connection, which its ends agree on by ALPN (RFC 7301). */
#ifndef TLS_PROTOCOL_H
#define TLS_PROTOCOL_H

#include <stdbool.h>

enum tls_protocol {
    TLS_STORE, /* the wire protocol of stores, or HTTP */
    TLS_TRUNK,
};

struct ssl_ctx_st;
struct ssl_st;

/* For ends that accept. Who offers nothing speaks TLS_STORE; who offers only others is refused.
 */
void tls_protocol_accept_any(struct ssl_ctx_st *context);

/* For an end that connects. False: memory is refused. */
bool tls_protocol_offer(struct ssl_st *ssl, enum tls_protocol protocol);

/* After the handshake. */
enum tls_protocol tls_protocol_of(const struct ssl_st *ssl);

#endif
