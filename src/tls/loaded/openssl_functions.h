/* The functions of OpenSSL 3 that this room calls, for a program that loads it. */
#ifndef TLS_LOADED_OPENSSL_FUNCTIONS_H
#define TLS_LOADED_OPENSSL_FUNCTIONS_H

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <tcpstore/error.h>

#define OPENSSL_FUNCTIONS_OF_LIBSSL(X)   \
    X(SSL_CIPHER_find)                   \
    X(SSL_CTX_add_client_CA)             \
    X(SSL_CTX_check_private_key)         \
    X(SSL_CTX_ctrl)                      \
    X(SSL_CTX_free)                      \
    X(SSL_CTX_get_cert_store)            \
    X(SSL_CTX_new)                       \
    X(SSL_CTX_set_alpn_select_cb)        \
    X(SSL_CTX_set_num_tickets)           \
    X(SSL_CTX_set_verify)                \
    X(SSL_CTX_use_PrivateKey)            \
    X(SSL_CTX_use_certificate)           \
    X(SSL_SESSION_free)                  \
    X(SSL_SESSION_new)                   \
    X(SSL_SESSION_set1_id_context)       \
    X(SSL_SESSION_set1_master_key)       \
    X(SSL_SESSION_set_cipher)            \
    X(SSL_SESSION_set_protocol_version)  \
    X(SSL_alert_desc_string_long)        \
    X(SSL_ctrl)                          \
    X(SSL_do_handshake)                  \
    X(SSL_free)                          \
    X(SSL_get0_alpn_selected)            \
    X(SSL_get0_param)                    \
    X(SSL_get1_peer_certificate)         \
    X(SSL_get_error)                     \
    X(SSL_get_ex_data)                   \
    X(SSL_get_verify_result)             \
    X(SSL_has_pending)                   \
    X(SSL_is_init_finished)              \
    X(SSL_new)                           \
    X(SSL_peek_ex)                       \
    X(SSL_read_ex)                       \
    X(SSL_select_next_proto)             \
    X(SSL_session_reused)                \
    X(SSL_set1_host)                     \
    X(SSL_set_accept_state)              \
    X(SSL_set_alpn_protos)               \
    X(SSL_set_bio)                       \
    X(SSL_set_ciphersuites)              \
    X(SSL_set_connect_state)             \
    X(SSL_set_ex_data)                   \
    X(SSL_set_msg_callback)              \
    X(SSL_set_psk_find_session_callback) \
    X(SSL_set_psk_use_session_callback)  \
    X(SSL_set_session_id_context)        \
    X(SSL_shutdown)                      \
    X(SSL_write_ex)                      \
    X(TLS_method)

#define OPENSSL_FUNCTIONS_OF_LIBCRYPTO(X) \
    X(ASN1_STRING_get0_data)              \
    X(ASN1_STRING_length)                 \
    X(BIO_clear_flags)                    \
    X(BIO_free)                           \
    X(BIO_get_data)                       \
    X(BIO_meth_free)                      \
    X(BIO_meth_new)                       \
    X(BIO_meth_set_ctrl)                  \
    X(BIO_meth_set_read)                  \
    X(BIO_meth_set_write)                 \
    X(BIO_new)                            \
    X(BIO_new_mem_buf)                    \
    X(BIO_set_data)                       \
    X(BIO_set_flags)                      \
    X(BIO_set_init)                       \
    X(ERR_clear_error)                    \
    X(ERR_get_error)                      \
    X(ERR_peek_error)                     \
    X(ERR_peek_last_error)                \
    X(ERR_reason_error_string)            \
    X(EVP_MD_get_type)                    \
    X(EVP_PKEY_free)                      \
    X(GENERAL_NAMES_free)                 \
    X(OPENSSL_sk_num)                     \
    X(OPENSSL_sk_value)                   \
    X(PEM_read_bio_PrivateKey)            \
    X(PEM_read_bio_X509)                  \
    X(X509_NAME_ENTRY_get_data)           \
    X(X509_NAME_get_entry)                \
    X(X509_NAME_get_index_by_NID)         \
    X(X509_STORE_add_cert)                \
    X(X509_VERIFY_PARAM_set1_ip_asc)      \
    X(X509_free)                          \
    X(X509_get_ext_d2i)                   \
    X(X509_get_subject_name)              \
    X(X509_verify_cert_error_string)

#define OPENSSL_FUNCTION(name) __typeof__(name) *name;

struct openssl_functions {
    OPENSSL_FUNCTIONS_OF_LIBSSL(OPENSSL_FUNCTION)
    OPENSSL_FUNCTIONS_OF_LIBCRYPTO(OPENSSL_FUNCTION)
};

extern struct openssl_functions openssl;

/* Fills it in. Call it before any function of OpenSSL. Any thread. TCPSTORE_ESYSTEM. */
TCPSTORE_MUST_USE
int openssl_load(struct tcpstore_error *error);

#endif
