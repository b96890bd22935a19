#include "server/listen_plan.h"

#include "base/error.h"

static int fail_interface(const char *text, struct tcpstore_error *error)
{
    const char *zone = strchr(text, '%');

    if (zone == NULL)
        return error_set(
            error, TCPSTORE_EINVAL,
            "bind %s: a link-local address needs its interface, as in fe80::1%%eth0; "
            "'ip -6 address' lists both",
            text);
    return error_set(
        error, TCPSTORE_EINVAL,
        "bind %s: this machine has no interface named '%s'; 'ip link' lists those it has", text,
        zone + 1);
}

static bool lacks_interface(const char *text, const union address *address)
{
    return address->any.sa_family == AF_INET6 && address->v6.sin6_scope_id == 0 &&
           (strchr(text, '%') != NULL || IN6_IS_ADDR_LINKLOCAL(&address->v6.sin6_addr));
}

/* Gives equal addresses one form. Except for link-local ones, the kernel ignores the zone. */
static void normalize(union address *address)
{
    if (address->any.sa_family == AF_INET6 && !IN6_IS_ADDR_LINKLOCAL(&address->v6.sin6_addr))
        address->v6.sin6_scope_id = 0;
    address_unmap(address);
}

static bool is_multicast_or_broadcast(const union address *address)
{
    in_addr_t v4 = ntohl(address->v4.sin_addr.s_addr);

    if (address->any.sa_family == AF_INET6)
        return IN6_IS_ADDR_MULTICAST(&address->v6.sin6_addr);
    return IN_MULTICAST(v4) || v4 == INADDR_BROADCAST;
}

int listen_plan_parse(
    const char *text, uint16_t port, struct tcpstore_error *error, union address *ret_address)
{
    union address address;

    if (!address_parse(text, port, &address))
        return error_set(
            error, TCPSTORE_EINVAL,
            "bind %s: not a numeric address such as 127.0.0.1 or ::1 (:: for every interface); "
            "names are not looked up, and the port is a separate option",
            text);
    if (lacks_interface(text, &address))
        return fail_interface(text, error);
    normalize(&address);
    if (is_multicast_or_broadcast(&address))
        return error_set(
            error, TCPSTORE_EINVAL,
            "bind %s: a multicast or broadcast address has no clients; give an address of this "
            "machine, or :: for every interface",
            text);
    *ret_address = address;
    return 0;
}

static bool are_equal(const union address *a, const union address *b)
{
    if (a->any.sa_family != b->any.sa_family || !span_equal(address_host(a), address_host(b)))
        return false;
    return a->any.sa_family != AF_INET6 || a->v6.sin6_scope_id == b->v6.sin6_scope_id;
}

/* Whether a socket on `wide` also accepts the clients of `narrow`, a different address. */
static bool includes(const union address *wide, const union address *narrow)
{
    if (!address_is_wildcard(wide) || are_equal(wide, narrow))
        return false;
    return wide->any.sa_family == AF_INET6 || narrow->any.sa_family != AF_INET6;
}

size_t listen_plan_socket_for(const union address *addresses, size_t count, size_t index)
{
    size_t serving = index;

    for (size_t i = 0; i < count; i++) {
        if (includes(&addresses[i], &addresses[serving]))
            serving = i;
    }
    for (size_t i = 0; i < serving; i++) {
        if (are_equal(&addresses[i], &addresses[serving]))
            return i;
    }
    return serving;
}
