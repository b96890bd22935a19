/* The other end of a TLS connection, as far as it is known. */
#ifndef TLS_PEER_H
#define TLS_PEER_H

#include "tls/failure.h"
#include "tls/secrets.h"

enum { TLS_NAME_MAX = 256 /* bytes, with the terminator */ };

struct tls_peer {
    const struct secrets *secrets; /* of this end; borrowed */
    struct tls_failure failure;
    char name[TLS_NAME_MAX]; /* proven, once the handshake is over; printable */
};

struct x509_st;

/* Its name is the secret's. */
void tls_peer_name_by_secret(struct tls_peer *peer, const struct secret *secret);

/* Its name is the first DNS name of the certificate, or else its common name. Characters that
 * are not printable in ASCII become '?'. */
void tls_peer_name_by_certificate(struct tls_peer *peer, const struct x509_st *certificate);

#endif
