#include "tls/session.h"

#include <arpa/inet.h>
#include <string.h>

#include "tls/openssl.h"
#include "tls/psk.h"

/* Each takes some 20 µs. One that keeps to the limits of its cipher changes keys after 2^24
 * records. */
enum { KEY_CHANGES_MAX = 1000 };

static void on_message(
    int is_ours, int version, int type, const void *bytes, size_t len, SSL *ssl, void *context)
{
    struct tls_session *session = context;

    (void)version;
    (void)ssl;
    if (is_ours || type != SSL3_RT_HANDSHAKE || len == 0 ||
        *(const uint8_t *)bytes != SSL3_MT_KEY_UPDATE ||
        ++session->key_changes <= KEY_CHANGES_MAX)
        return;
    tls_failure_set(&session->peer.failure, "it changes its keys too often", "");
    session->pipe.is_shut = true;
}

static bool open_ssl(struct tls_session *session)
{
    struct tls_context *context = session->context;
    BIO *bio;

    session->ssl = SSL_new(context->ssl);
    bio = session->ssl == NULL ? NULL : tls_pipe_open(&session->pipe, context->method);
    if (bio == NULL)
        return false;
    SSL_set_bio(session->ssl, bio, bio);
    SSL_set_app_data(session->ssl, &session->peer);
    SSL_set_msg_callback(session->ssl, on_message);
    SSL_set_msg_callback_arg(session->ssl, session);
    if (context->secrets.count > 0)
        psk_use(session->ssl);
    return true;
}

static int init(struct tls_session *session, struct tls_context *context, struct memory *memory)
{
    *session = (struct tls_session){.context = context, .peer.secrets = &context->secrets};
    tls_pipe_init(&session->pipe, memory);
    context->shares++;
    if (open_ssl(session))
        return 0;
    tls_session_done(session);
    return TCPSTORE_ENOMEM;
}

int tls_session_accept(
    struct tls_session *session, struct tls_context *context, struct memory *memory)
{
    int code = init(session, context, memory);

    if (code)
        return code;
    session->accepts = true;
    SSL_set_accept_state(session->ssl);
    return 0;
}

static bool is_numeric(const char *host)
{
    struct in6_addr ignored;

    return inet_pton(AF_INET, host, &ignored) == 1 || inet_pton(AF_INET6, host, &ignored) == 1;
}

/* False: memory is refused. */
static bool expect(SSL *ssl, const char *host)
{
    if (is_numeric(host))
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

int tls_session_connect(
    struct tls_session *session, struct tls_context *context, struct memory *memory,
    const char *host, enum tls_protocol protocol)
{
    int code = init(session, context, memory);

    if (code)
        return code;
    if (tls_protocol_offer(session->ssl, protocol) && expect(session->ssl, host)) {
        SSL_set_connect_state(session->ssl);
        return 0;
    }
    tls_session_done(session);
    return TCPSTORE_ENOMEM;
}

void tls_session_done(struct tls_session *session)
{
    SSL_free(session->ssl);
    tls_pipe_done(&session->pipe);
    tls_context_release(session->context);
}

static enum tls_result fail(struct tls_session *session)
{
    session->has_failed = true;
    if (session->context->secrets.count > 0 &&
        ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED)
        tls_failure_set(
            &session->peer.failure, "it shows a certificate, and this end has a secret", "");
    tls_failure_take(&session->peer.failure, session->ssl);
    return TLS_FAILED;
}

static enum tls_result result_of(struct tls_session *session, int returned)
{
    switch (SSL_get_error(session->ssl, returned)) {
    case SSL_ERROR_NONE:
        return TLS_DONE;
    case SSL_ERROR_WANT_READ:
        return TLS_NEEDS_BYTES;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_ENDED;
    default:
        return fail(session);
    }
}

/* With secrets, this end has no authority to believe, so that no certificate can take the place
 * of a secret; to ask is safer than to know that. */
static enum tls_result check_peer(struct tls_session *session)
{
    X509 *certificate;

    if (session->context->secrets.count > 0) {
        if (!session->accepts)
            tls_peer_name_by_secret(&session->peer, &session->context->secrets.list[0]);
        if (SSL_session_reused(session->ssl))
            return TLS_DONE;
        tls_failure_set(&session->peer.failure, "it does not use the secret", "");
        return fail(session);
    }
    certificate = SSL_get_peer_certificate(session->ssl);
    if (certificate != NULL) {
        tls_peer_name_by_certificate(&session->peer, certificate);
        X509_free(certificate);
    }
    if (session->peer.name[0] != '\0' || (certificate != NULL && !session->accepts))
        return TLS_DONE;
    tls_failure_set(
        &session->peer.failure,
        certificate == NULL ? "it shows no certificate"
                            : "its certificate has neither a DNS name nor a common name",
        "");
    return fail(session);
}

/* Those that other code of this thread has left, which SSL_get_error would report. To clear an
 * empty queue takes 1,300 instructions. */
static void forget_errors(void)
{
    if (ERR_peek_last_error() != 0)
        ERR_clear_error();
}

enum tls_result tls_session_greet(struct tls_session *session)
{
    enum tls_result result;

    forget_errors();
    result = result_of(session, SSL_do_handshake(session->ssl));
    return result == TLS_DONE ? check_peer(session) : result;
}

enum tls_result tls_session_read(struct tls_session *session, struct room room, size_t *ret_len)
{
    forget_errors();
    return result_of(session, SSL_read_ex(session->ssl, room.bytes, room.len, ret_len));
}

bool tls_session_has_more(const struct tls_session *session)
{
    const struct tls_pipe *pipe = &session->pipe;

    return pipe->fresh.len > 0 || pipe->kept.bytes > 0 || SSL_has_pending(session->ssl);
}

enum tls_result tls_session_peek(struct tls_session *session, uint8_t *ret_byte)
{
    size_t len;

    forget_errors();
    return result_of(session, SSL_peek_ex(session->ssl, ret_byte, 1, &len));
}

bool tls_session_write(struct tls_session *session, struct span bytes)
{
    forget_errors();
    while (bytes.len > 0) {
        size_t written;

        if (SSL_write_ex(session->ssl, bytes.bytes, bytes.len, &written) != 1) {
            fail(session);
            return false;
        }
        bytes = span_from(bytes, written);
    }
    return true;
}

void tls_session_end(struct tls_session *session)
{
    forget_errors();
    if (!session->has_failed && SSL_is_init_finished(session->ssl))
        SSL_shutdown(session->ssl);
}
