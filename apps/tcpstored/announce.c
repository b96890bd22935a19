#include "tcpstored/announce.h"

#include <stdio.h>

static const char *separator(size_t index, size_t count)
{
    if (index == 0)
        return "";
    return index + 1 < count ? ", " : " and ";
}

static const char *reach(const struct tcpstore_server *server, bool own_socket)
{
    if (!tcpstore_server_is_local(server))
        return "any host that can reach it";
    return own_socket ? "this host only; other hosts: --bind ::" : "this host only";
}

int announce(const struct tcpstore_server *server, bool own_socket)
{
    size_t count = tcpstore_server_address_count(server);

    printf("serving on ");
    for (size_t i = 0; i < count; i++)
        printf("%s%s", separator(i, count), tcpstore_server_address(server, i));
    printf(", %s\n", reach(server, own_socket));
    return fflush(stdout) ? -1 : 0;
}
