/* Bytes between a socket of this program and a connection to a server. */
#ifndef CLI_CARRY_H
#define CLI_CARRY_H

#include "client/transport.h"

/* Carries bytes both ways until an end closes, or the transport's cancel_fd is readable; closes
 * neither. `fd` does not block. Returns why the connection to the server is lost, valid as long
 * as transport->reason; NULL if it is not. */
const char *carry(int fd, struct transport *transport);

#endif
