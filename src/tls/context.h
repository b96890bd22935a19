/*
 * What one end of TLS connections shows to the others, and whom it accepts: certificates, or
 * shared secrets. TLS 1.3 only, and both ends prove who they are. There is no resumption: each
 * connection is checked anew.
 */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include "tls/files.h"
#include "tls/secrets.h"

struct ssl_ctx_st;
struct bio_method_st;

/* Do not copy it. Its sessions are of the thread that releases it. */
struct tls_context {
    struct ssl_ctx_st *ssl;
    struct bio_method_st *method;
    size_t shares;          /* its sessions, and the caller of tls_context_new */
    struct secrets secrets; /* none: certificates are used */
};

/*
 * Reads the files, which may block. Any thread. Free it with tls_context_release.
 *
 * TCPSTORE_EINVAL  a file is missing, not private, or not what it should be; or they do not
 *                  belong together
 * TCPSTORE_ENOMEM
 * TCPSTORE_ESYSTEM OpenSSL cannot be loaded
 */
TCPSTORE_MUST_USE
int tls_context_new(
    const struct tls_files *files, struct tcpstore_error *error,
    struct tls_context **ret_context);

/* It is freed when its sessions are. NULL is fine. */
void tls_context_release(struct tls_context *context);

#endif
