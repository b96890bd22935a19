/* Whether a peer runs on this host. */
#ifndef SERVER_LOCAL_PEER_H
#define SERVER_LOCAL_PEER_H

#include "server/address.h"

/* Whether the peer of the connected socket `fd` has a loopback address, or that of our end. */
bool local_peer_is(int fd, const union address *peer);

#endif
