/* A host of the form "unix:/run/tcpstore.sock": the path of a server's Unix socket. */
#ifndef CLIENT_UNIX_HOST_H
#define CLIENT_UNIX_HOST_H

#include <stdbool.h>
#include <sys/un.h>

bool host_is_unix(const char *host);

/* Returns false if the path is empty or too long for the address. */
bool host_unix_address(const char *host, struct sockaddr_un *ret_address);

#endif
