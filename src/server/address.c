#include "server/address.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

enum {
    MAPPED_PREFIX = 12 /* bytes of an IPv4-mapped address before the IPv4 address */
};

bool address_parse(const char *text, uint16_t port, union address *ret_address)
{
    union address address = {0};

    if (uv_ip4_addr(text, port, &address.v4) && uv_ip6_addr(text, port, &address.v6))
        return false;
    *ret_address = address;
    return true;
}

static bool is_mapped(const union address *address)
{
    return address->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr);
}

static struct in_addr mapped_v4(const union address *address)
{
    struct in_addr v4;

    memcpy(&v4, &address->v6.sin6_addr.s6_addr[MAPPED_PREFIX], sizeof(v4));
    return v4;
}

void address_unmap(union address *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = address->v6.sin6_port};

    if (!is_mapped(address))
        return;
    v4.sin_addr = mapped_v4(address);
    address->v4 = v4;
}

/* "%eth0": a link-local address is useless without its interface. */
static void append_zone(const struct sockaddr_in6 *address, char *host, size_t size)
{
    size_t len = strlen(host);
    char interface[IF_NAMESIZE];

    if (IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr) &&
        if_indextoname(address->sin6_scope_id, interface) != NULL)
        snprintf(host + len, size - len, "%%%s", interface);
}

bool address_is_unix(const union address *address)
{
    return address->any.sa_family == AF_UNIX;
}

const char *address_format(const union address *address, char text[ADDRESS_TEXT_MAX])
{
    char host[ADDRESS_TEXT_MAX - sizeof("[]:65535")] = "?";
    bool bracketed = false;

    if (address_is_unix(address)) {
        snprintf(text, ADDRESS_TEXT_MAX, "unix:%d", (int)address->unix_peer.pid);
        return text;
    }
    if (is_mapped(address)) {
        struct in_addr v4 = mapped_v4(address);

        uv_inet_ntop(AF_INET, &v4, host, sizeof(host));
    } else if (address->any.sa_family == AF_INET6) {
        bracketed = true;
        uv_ip6_name(&address->v6, host, sizeof(host));
        append_zone(&address->v6, host, sizeof(host));
    } else {
        uv_ip4_name(&address->v4, host, sizeof(host));
    }
    snprintf(
        text, ADDRESS_TEXT_MAX, bracketed ? "[%s]:%u" : "%s:%u", host,
        (unsigned)address_port(address));
    return text;
}

struct span address_host(const union address *address)
{
    const struct in6_addr *v6 = &address->v6.sin6_addr;

    if (address_is_unix(address))
        return span_of(NULL, 0);
    if (address->any.sa_family != AF_INET6)
        return span_of(&address->v4.sin_addr, sizeof(address->v4.sin_addr));
    return span_from(span_of(v6, sizeof(*v6)), is_mapped(address) ? MAPPED_PREFIX : 0);
}

socklen_t address_size(const union address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

uint16_t address_port(const union address *address)
{
    if (address_is_unix(address))
        return 0;
    return ntohs(
        address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

void address_set_port(union address *address, uint16_t port)
{
    if (address->any.sa_family == AF_INET6)
        address->v6.sin6_port = htons(port);
    else
        address->v4.sin_port = htons(port);
}

bool address_is_wildcard(const union address *address)
{
    if (address->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
    return address->v4.sin_addr.s_addr == htonl(INADDR_ANY);
}

bool address_is_loopback(const union address *address)
{
    if (is_mapped(address))
        return ntohl(mapped_v4(address).s_addr) >> 24 == 127;
    if (address->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
    return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
}
