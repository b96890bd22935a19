/* What must be known of descriptors before libuv is asked: without them it aborts. */
#ifndef SERVER_DESCRIPTORS_H
#define SERVER_DESCRIPTORS_H

#include <tcpstore/error.h>

/* Whether a server can have those that it needs besides clients: TCPSTORE_ESYSTEM if not. Holds
 * none of them. */
TCPSTORE_MUST_USE
int descriptors_check(struct tcpstore_error *error);

#endif
