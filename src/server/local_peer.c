#include "server/local_peer.h"

#include <sys/socket.h>

bool local_peer_is(int fd, const union address *peer)
{
    union address own = {0};
    socklen_t len = sizeof(own);

    if (address_is_unix(peer) || address_is_loopback(peer))
        return true;
    return getsockname(fd, &own.any, &len) == 0 &&
           span_equal(address_host(&own), address_host(peer));
}
