/* A wrapper of getaddrinfo, which the linker makes the code under test call: the host name
 * "127.0.0.2,127.0.0.1" has both addresses, in this order. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

/* The linker chooses these names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */

int __real_getaddrinfo(
    const char *host, const char *port, const struct addrinfo *hints,
    struct addrinfo **ret_addresses);
int __wrap_getaddrinfo(
    const char *host, const char *port, const struct addrinfo *hints,
    struct addrinfo **ret_addresses);

/* freeaddrinfo accepts a list that was joined from several. */
int __wrap_getaddrinfo(
    const char *host, const char *port, const struct addrinfo *hints,
    struct addrinfo **ret_addresses)
{
    const char *comma = strchr(host, ',');
    char first[64];
    struct addrinfo *addresses;
    int status;

    if (comma == NULL)
        return __real_getaddrinfo(host, port, hints, ret_addresses);
    snprintf(first, sizeof(first), "%.*s", (int)(comma - host), host);
    status = __real_getaddrinfo(first, port, hints, &addresses);
    if (status)
        return status;
    status = __wrap_getaddrinfo(comma + 1, port, hints, &addresses->ai_next);
    if (status) {
        freeaddrinfo(addresses);
        return status;
    }
    *ret_addresses = addresses;
    return 0;
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */
