/*
 * OpenSSL. It is linked; or, with TCPSTORE_LOAD_OPENSSL, loaded when TLS is first asked for. So
 * the Python wheel stays small, runs where there is no OpenSSL, and gets the system's security
 * updates where there is.
 */
#ifndef TLS_OPENSSL_H
#define TLS_OPENSSL_H

#ifdef TCPSTORE_LOAD_OPENSSL

#include "tls/loaded/openssl_functions.h"

#define ASN1_STRING_get0_data openssl.ASN1_STRING_get0_data
#define ASN1_STRING_length openssl.ASN1_STRING_length
#define BIO_clear_flags openssl.BIO_clear_flags
#define BIO_free openssl.BIO_free
#define BIO_get_data openssl.BIO_get_data
#define BIO_meth_free openssl.BIO_meth_free
#define BIO_meth_new openssl.BIO_meth_new
#define BIO_meth_set_ctrl openssl.BIO_meth_set_ctrl
#define BIO_meth_set_read openssl.BIO_meth_set_read
#define BIO_meth_set_write openssl.BIO_meth_set_write
#define BIO_new openssl.BIO_new
#define BIO_new_mem_buf openssl.BIO_new_mem_buf
#define BIO_set_data openssl.BIO_set_data
#define BIO_set_flags openssl.BIO_set_flags
#define BIO_set_init openssl.BIO_set_init
#define ERR_clear_error openssl.ERR_clear_error
#define ERR_get_error openssl.ERR_get_error
#define ERR_peek_error openssl.ERR_peek_error
#define ERR_peek_last_error openssl.ERR_peek_last_error
#define ERR_reason_error_string openssl.ERR_reason_error_string
#define EVP_MD_get_type openssl.EVP_MD_get_type
#define EVP_PKEY_free openssl.EVP_PKEY_free
#define GENERAL_NAMES_free openssl.GENERAL_NAMES_free
#define OPENSSL_sk_num openssl.OPENSSL_sk_num
#define OPENSSL_sk_value openssl.OPENSSL_sk_value
#define PEM_read_bio_PrivateKey openssl.PEM_read_bio_PrivateKey
#define PEM_read_bio_X509 openssl.PEM_read_bio_X509
#define SSL_CIPHER_find openssl.SSL_CIPHER_find
#define SSL_CTX_add_client_CA openssl.SSL_CTX_add_client_CA
#define SSL_CTX_check_private_key openssl.SSL_CTX_check_private_key
#define SSL_CTX_ctrl openssl.SSL_CTX_ctrl
#define SSL_CTX_free openssl.SSL_CTX_free
#define SSL_CTX_get_cert_store openssl.SSL_CTX_get_cert_store
#define SSL_CTX_new openssl.SSL_CTX_new
#define SSL_CTX_set_alpn_select_cb openssl.SSL_CTX_set_alpn_select_cb
#define SSL_CTX_set_num_tickets openssl.SSL_CTX_set_num_tickets
#define SSL_CTX_set_verify openssl.SSL_CTX_set_verify
#define SSL_CTX_use_PrivateKey openssl.SSL_CTX_use_PrivateKey
#define SSL_CTX_use_certificate openssl.SSL_CTX_use_certificate
#define SSL_SESSION_free openssl.SSL_SESSION_free
#define SSL_SESSION_new openssl.SSL_SESSION_new
#define SSL_SESSION_set1_id_context openssl.SSL_SESSION_set1_id_context
#define SSL_SESSION_set1_master_key openssl.SSL_SESSION_set1_master_key
#define SSL_SESSION_set_cipher openssl.SSL_SESSION_set_cipher
#define SSL_SESSION_set_protocol_version openssl.SSL_SESSION_set_protocol_version
#define SSL_alert_desc_string_long openssl.SSL_alert_desc_string_long
#define SSL_ctrl openssl.SSL_ctrl
#define SSL_do_handshake openssl.SSL_do_handshake
#define SSL_free openssl.SSL_free
#define SSL_get0_alpn_selected openssl.SSL_get0_alpn_selected
#define SSL_get0_param openssl.SSL_get0_param
#define SSL_get1_peer_certificate openssl.SSL_get1_peer_certificate
#define SSL_get_error openssl.SSL_get_error
#define SSL_get_ex_data openssl.SSL_get_ex_data
#define SSL_get_verify_result openssl.SSL_get_verify_result
#define SSL_has_pending openssl.SSL_has_pending
#define SSL_is_init_finished openssl.SSL_is_init_finished
#define SSL_new openssl.SSL_new
#define SSL_peek_ex openssl.SSL_peek_ex
#define SSL_read_ex openssl.SSL_read_ex
#define SSL_select_next_proto openssl.SSL_select_next_proto
#define SSL_session_reused openssl.SSL_session_reused
#define SSL_set1_host openssl.SSL_set1_host
#define SSL_set_accept_state openssl.SSL_set_accept_state
#define SSL_set_alpn_protos openssl.SSL_set_alpn_protos
#define SSL_set_bio openssl.SSL_set_bio
#define SSL_set_ciphersuites openssl.SSL_set_ciphersuites
#define SSL_set_connect_state openssl.SSL_set_connect_state
#define SSL_set_ex_data openssl.SSL_set_ex_data
#define SSL_set_msg_callback openssl.SSL_set_msg_callback
#define SSL_set_psk_find_session_callback openssl.SSL_set_psk_find_session_callback
#define SSL_set_psk_use_session_callback openssl.SSL_set_psk_use_session_callback
#define SSL_set_session_id_context openssl.SSL_set_session_id_context
#define SSL_shutdown openssl.SSL_shutdown
#define SSL_write_ex openssl.SSL_write_ex
#define TLS_method openssl.TLS_method
#define X509_NAME_ENTRY_get_data openssl.X509_NAME_ENTRY_get_data
#define X509_NAME_get_entry openssl.X509_NAME_get_entry
#define X509_NAME_get_index_by_NID openssl.X509_NAME_get_index_by_NID
#define X509_STORE_add_cert openssl.X509_STORE_add_cert
#define X509_VERIFY_PARAM_set1_ip_asc openssl.X509_VERIFY_PARAM_set1_ip_asc
#define X509_free openssl.X509_free
#define X509_get_ext_d2i openssl.X509_get_ext_d2i
#define X509_get_subject_name openssl.X509_get_subject_name
#define X509_verify_cert_error_string openssl.X509_verify_cert_error_string

#else

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <tcpstore/error.h>

static inline int openssl_load(struct tcpstore_error *error)
{
    (void)error;
    return 0;
}

#endif

#endif
