#include "tcpstored/announce.h"

#include <stdio.h>

static const char *separator(size_t index, size_t count)
{
    if (index == 0)
        return "";
    return index + 1 < count ? ", " : " and ";
}

/* A socket that was handed over cannot be opened up by --bind. */
static const char *reach(const struct tcpstore_server *server, const struct options *options)
{
    bool own_socket = options->server.listen_fd < 0;

    if (!tcpstore_server_is_local(server))
        return options->allow.count > 0 ? "hosts in the networks of --allow"
                                        : "any host that can reach it";
    return own_socket ? "this host only; other hosts: --bind ::" : "this host only";
}

int announce(const struct tcpstore_server *server, const struct options *options)
{
    size_t count = tcpstore_server_address_count(server);

    printf("serving on ");
    for (size_t i = 0; i < count; i++)
        printf("%s%s", separator(i, count), tcpstore_server_address(server, i));
    printf(", %s\n", reach(server, options));
    return fflush(stdout) ? -1 : 0;
}
