/* Certificates of this end and the authorities of others, from files in PEM. */
#ifndef TLS_CERTIFICATES_H
#define TLS_CERTIFICATES_H

#include <openssl/ssl.h>

#include "tls/files.h"

/* TCPSTORE_EINVAL, TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int certificates_use(SSL_CTX *ssl, const struct tls_files *files, struct tcpstore_error *error);

#endif
