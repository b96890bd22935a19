#include "tls/failure.h"

#include <stdio.h>

#include "tls/openssl.h"

enum {
    ALERTS = 1000 /* OpenSSL's reason for an alert of the other end is this and its number */
};

void tls_failure_set(struct tls_failure *failure, const char *reason, const char *detail)
{
    if (failure->reason != NULL)
        return;
    failure->reason = reason;
    snprintf(failure->detail, sizeof(failure->detail), "%s", detail);
    for (char *at = failure->detail; *at != '\0'; at++)
        if (*at < ' ' || *at > '~' || *at == '"')
            *at = '?';
}

static const char *reason_of_alert(int alert)
{
    switch (alert) {
    case SSL_AD_PROTOCOL_VERSION:
        return "it does not speak TLS 1.3";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return "it serves something else there than stores";
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
        return "it refuses the certificate of this end; its log says why";
    case SSL_AD_CERTIFICATE_REQUIRED:
        return "it asks for a certificate, and this end has none";
    case SSL_AD_UNKNOWN_PSK_IDENTITY:
    case SSL_AD_DECRYPT_ERROR:
    case SSL_AD_ILLEGAL_PARAMETER:
        return "it refuses the certificate or the secret of this end; its log says why";
    case SSL_AD_HANDSHAKE_FAILURE:
        return "it and this end have no credentials in common; its log says why";
    default:
        return "it has ended the connection with a TLS alert";
    }
}

static const char *reason_of_code(int code)
{
    switch (code) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
        return "it does not speak TLS 1.3";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
        return "it does not speak TLS: was it started with certificates or a secret?";
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return "it shows no certificate";
    case SSL_R_BINDER_DOES_NOT_VERIFY:
        return "its secret is not the one of that name here";
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
        return "it and this end have no credentials in common: certificates at one end, a "
               "secret "
               "at the other?";
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return "its certificate is refused";
    default:
        return "its TLS is wrong";
    }
}

static const char *text_of(const char *text)
{
    return text == NULL ? "" : text;
}

void tls_failure_take(struct tls_failure *failure, const struct ssl_st *ssl)
{
    unsigned long error = ERR_get_error();
    int code = ERR_GET_REASON(error);
    long verdict = SSL_get_verify_result(ssl);

    ERR_clear_error();
    if (error == 0)
        tls_failure_set(failure, "the connection has failed", "");
    else if (ERR_GET_LIB(error) != ERR_LIB_SSL)
        tls_failure_set(failure, "OpenSSL has failed", text_of(ERR_reason_error_string(error)));
    else if (code > ALERTS)
        tls_failure_set(
            failure, reason_of_alert(code - ALERTS), SSL_alert_desc_string_long(code - ALERTS));
    else if (code == SSL_R_CERTIFICATE_VERIFY_FAILED)
        tls_failure_set(failure, reason_of_code(code), X509_verify_cert_error_string(verdict));
    else
        tls_failure_set(failure, reason_of_code(code), text_of(ERR_reason_error_string(error)));
}

const char *tls_failure_text(const char *reason, const char *detail, char text[TLS_TEXT_MAX])
{
    if (*detail == '\0')
        snprintf(text, TLS_TEXT_MAX, "%s", reason);
    else
        snprintf(text, TLS_TEXT_MAX, "%s (%s)", reason, detail);
    return text;
}
