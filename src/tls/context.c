#include "tls/context.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tls/certificates.h"
#include "tls/file.h"
#include "tls/openssl.h"
#include "tls/pipe.h"
#include "tls/protocol.h"

static int read_secrets(
    struct tls_context *context, const char *path, struct tcpstore_error *error)
{
    struct span text;
    int code = tls_file_read("secret-file", path, true, &text, error);

    if (code)
        return code;
    code = secrets_parse(text, path, &context->secrets, error);
    tls_file_free(text);
    return code;
}

static int fill(
    struct tls_context *context, const struct tls_files *files, struct tcpstore_error *error)
{
    int code = tls_files_check(files, error);

    if (code)
        return code;
    context->ssl = SSL_CTX_new(TLS_method());
    context->method = tls_pipe_method();
    if (context->ssl == NULL || context->method == NULL)
        return error_set(
            error, TCPSTORE_ENOMEM, "OpenSSL: %s", ERR_reason_error_string(ERR_get_error()));
    SSL_CTX_set_min_proto_version(context->ssl, TLS1_3_VERSION);
    SSL_CTX_set_num_tickets(context->ssl, 0);
    SSL_CTX_set_session_cache_mode(context->ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(
        context->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                          SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    tls_protocol_accept_any(context->ssl);
    if (files->secrets != NULL)
        return read_secrets(context, files->secrets, error);
    return certificates_use(context->ssl, files, error);
}

int tls_context_new(
    const struct tls_files *files, struct tcpstore_error *error,
    struct tls_context **ret_context)
{
    struct tls_context *context = calloc(1, sizeof(*context));
    int code;

    *ret_context = NULL;
    if (context == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for TLS");
    code = openssl_load(error);
    if (code) {
        free(context);
        return code;
    }
    context->shares = 1;
    code = fill(context, files, error);
    ERR_clear_error();
    if (code == 0)
        *ret_context = context;
    else
        tls_context_release(context);
    return code;
}

void tls_context_release(struct tls_context *context)
{
    if (context == NULL || --context->shares > 0)
        return;
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->method);
    explicit_bzero(&context->secrets, sizeof(context->secrets));
    free(context);
}
