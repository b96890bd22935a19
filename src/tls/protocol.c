#include "tls/protocol.h"

#include <string.h>

#include "tls/openssl.h"

/* Names, each after its length. Programs that know HTTP offer the last. */
static const unsigned char trunk[] = "\x0etcpstore-trunk";
static const unsigned char stores[] = "\x08tcpstore\x08http/1.1";

enum {
    TRUNK_LEN = sizeof(trunk) - 1,
    STORES_LEN = sizeof(stores) - 1,
    STORE_LEN = 9, /* of the first */
};

static bool choose(
    const unsigned char *ours, unsigned our_len, const unsigned char *theirs,
    unsigned their_len, const unsigned char **ret_name, unsigned char *ret_len)
{
    unsigned char *name;

    if (SSL_select_next_proto(&name, ret_len, ours, our_len, theirs, their_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return false;
    *ret_name = name;
    return true;
}

static int on_offered(
    SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len,
    const unsigned char *offered, unsigned len, void *context)
{
    (void)ssl;
    (void)context;
    if (choose(trunk, TRUNK_LEN, offered, len, ret_name, ret_len) ||
        choose(stores, STORES_LEN, offered, len, ret_name, ret_len))
        return SSL_TLSEXT_ERR_OK;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

void tls_protocol_accept_any(struct ssl_ctx_st *context)
{
    SSL_CTX_set_alpn_select_cb(context, on_offered, NULL);
}

bool tls_protocol_offer(struct ssl_st *ssl, enum tls_protocol protocol)
{
    if (protocol == TLS_TRUNK)
        return SSL_set_alpn_protos(ssl, trunk, TRUNK_LEN) == 0;
    return SSL_set_alpn_protos(ssl, stores, STORE_LEN) == 0;
}

enum tls_protocol tls_protocol_of(const struct ssl_st *ssl)
{
    const unsigned char *name;
    unsigned len;

    SSL_get0_alpn_selected(ssl, &name, &len);
    return len == TRUNK_LEN - 1 && memcmp(name, trunk + 1, len) == 0 ? TLS_TRUNK : TLS_STORE;
}
