/* Shared secrets as pre-shared keys of TLS 1.3 (RFC 8446, 4.2.11), with a key exchange of their
 * own for each connection: who learns a secret later cannot read what was recorded before. */
#ifndef TLS_PSK_H
#define TLS_PSK_H

#include "tls/peer.h"

struct ssl_st;

/* Makes a connection use the secrets, and nothing else. Its application data are the peer. */
void psk_use(struct ssl_st *ssl);

#endif
