#include "server/allow_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { V4_BITS = 32, V6_BITS = 128, BITS_DIGITS = 3 };

struct network {
    union address address;
    unsigned bits; /* length of the prefix, in address_host of the address */
};

static bool parse_bits(const char *text, unsigned max, unsigned *ret_bits)
{
    size_t digits = strspn(text, "0123456789");
    unsigned bits;

    if (digits == 0 || digits > BITS_DIGITS || text[digits] != '\0')
        return false;
    bits = (unsigned)strtoul(text, NULL, 10);
    if (bits > max)
        return false;
    *ret_bits = bits;
    return true;
}

static bool parse(const char *text, struct network *ret_network)
{
    size_t len = strcspn(text, "/");
    char host[ADDRESS_TEXT_MAX];
    struct network network;
    unsigned family_bits;
    unsigned host_bits;

    if (len >= sizeof(host) || memchr(text, '%', len) != NULL)
        return false;
    snprintf(host, sizeof(host), "%.*s", (int)len, text);
    if (!address_parse(host, 0, &network.address))
        return false;
    family_bits = network.address.any.sa_family == AF_INET6 ? V6_BITS : V4_BITS;
    host_bits = 8 * (unsigned)address_host(&network.address).len;
    network.bits = family_bits; /* a single address */
    if (text[len] == '/' && !parse_bits(text + len + 1, family_bits, &network.bits))
        return false;
    if (network.bits < family_bits - host_bits) /* wider than all mapped addresses */
        return false;
    network.bits -= family_bits - host_bits;
    *ret_network = network;
    return true;
}

static bool has_bit(struct span host, unsigned index)
{
    return host.bytes[index / 8] & (0x80 >> index % 8);
}

static bool has_bits_from(struct span host, unsigned index)
{
    for (; index < 8 * host.len; index++) {
        if (has_bit(host, index))
            return true;
    }
    return false;
}

static int parse_network(
    const char *text, struct tcpstore_error *error, struct network *ret_network)
{
    struct network network;

    if (!parse(text, &network))
        return error_set(
            error, TCPSTORE_EINVAL,
            "allow %s: not a network such as 10.0.0.0/8, fd00::/8 or 10.0.0.7; names are not "
            "looked up",
            text);
    if (has_bits_from(address_host(&network.address), network.bits))
        return error_set(
            error, TCPSTORE_EINVAL,
            "allow %s: the address has bits set after its first %u; clear them, or use a "
            "longer prefix",
            text, network.bits);
    *ret_network = network;
    return 0;
}

int allow_list_parse(
    const char *const *texts, size_t count, struct tcpstore_error *error,
    struct allow_list *ret_list)
{
    struct allow_list list = {.count = count};

    if (count > 0) {
        list.networks = calloc(count, sizeof(*list.networks));
        if (list.networks == NULL)
            return error_set(error, TCPSTORE_ENOMEM, "out of memory for networks");
    }
    for (size_t i = 0; i < count; i++) {
        int code = parse_network(texts[i], error, &list.networks[i]);

        if (code) {
            allow_list_free(&list);
            return code;
        }
    }
    *ret_list = list;
    return 0;
}

void allow_list_free(struct allow_list *list)
{
    free(list->networks);
    *list = (struct allow_list){0};
}

static bool contains(const struct network *network, struct span host)
{
    struct span prefix = address_host(&network->address);

    if (prefix.len != host.len)
        return false;
    for (unsigned i = 0; i < network->bits; i++) {
        if (has_bit(prefix, i) != has_bit(host, i))
            return false;
    }
    return true;
}

bool allow_list_permits(const struct allow_list *list, const union address *peer)
{
    struct span host = address_host(peer);

    if (address_is_unix(peer)) /* the file's mode says who may connect */
        return true;
    for (size_t i = 0; i < list->count; i++) {
        if (contains(&list->networks[i], host))
            return true;
    }
    return list->count == 0;
}
