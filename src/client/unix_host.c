#include "client/unix_host.h"

#include <string.h>
#include <sys/socket.h>

static const char scheme[] = "unix:";

bool host_is_unix(const char *host)
{
    return strncmp(host, scheme, strlen(scheme)) == 0;
}

bool host_unix_address(const char *host, struct sockaddr_un *ret_address)
{
    const char *path = host + strlen(scheme);
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof(ret_address->sun_path))
        return false;
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret_address->sun_path, path, len);
    return true;
}
