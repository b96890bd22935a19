#include "tls/psk.h"

#include <stdio.h>

#include "tls/openssl.h"

static const unsigned char aes_128_gcm_sha256[] = {0x13, 0x01};

/* OpenSSL takes a secret for a session to be resumed, which both ends have in one context. */
static const unsigned char context_name[] = "tcpstore";

/* NULL: memory is refused. */
static SSL_SESSION *session_of(SSL *ssl, const struct secret *secret)
{
    const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, aes_128_gcm_sha256);
    SSL_SESSION *session = SSL_SESSION_new();

    if (session == NULL || cipher == NULL ||
        SSL_SESSION_set1_id_context(session, context_name, sizeof(context_name)) != 1 ||
        SSL_SESSION_set1_master_key(session, secret->key, sizeof(secret->key)) != 1 ||
        SSL_SESSION_set_cipher(session, cipher) != 1 ||
        SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) != 1) {
        SSL_SESSION_free(session);
        return NULL;
    }
    return session;
}

static int on_shown(
    SSL *ssl, const unsigned char *name, size_t name_len, SSL_SESSION **ret_session)
{
    struct tls_peer *peer = SSL_get_app_data(ssl);
    const struct secret *secret = secrets_find(peer->secrets, span_of(name, name_len));
    char text[SECRET_NAME_MAX + 1];

    *ret_session = NULL;
    if (secret == NULL) {
        snprintf(
            text, sizeof(text), "%.*s",
            name_len < SECRET_NAME_MAX ? (int)name_len : SECRET_NAME_MAX, name);
        tls_failure_set(
            &peer->failure, "it shows a secret of a name that --secret-file does not have",
            text);
        return 1; /* it goes on without one, and finds that there is no other proof */
    }
    tls_peer_name_by_secret(peer, secret);
    peer->failure = (struct tls_failure){.reason = NULL}; /* of one that it has shown before */
    *ret_session = session_of(ssl, secret);
    return *ret_session != NULL;
}

static int on_asked(
    SSL *ssl, const EVP_MD *digest, const unsigned char **ret_name, size_t *ret_name_len,
    SSL_SESSION **ret_session)
{
    const struct tls_peer *peer = SSL_get_app_data(ssl);
    const struct secret *secret = &peer->secrets->list[0];

    *ret_session = NULL;
    if (digest != NULL && EVP_MD_type(digest) != NID_sha256)
        return 0; /* it asks for a secret of another kind */
    *ret_session = session_of(ssl, secret);
    *ret_name = (const unsigned char *)secret->name;
    *ret_name_len = secret->name_len;
    return *ret_session != NULL;
}

void psk_use(struct ssl_st *ssl)
{
    SSL_set_session_id_context(ssl, context_name, sizeof(context_name));
    SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256");
    SSL_set_psk_find_session_callback(ssl, on_shown);
    SSL_set_psk_use_session_callback(ssl, on_asked);
}
