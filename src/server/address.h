/* Numeric addresses and their texts; nothing is looked up. */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/span.h"

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

enum {
    ADDRESS_TEXT_MAX = 64 /* "[ffff:…:ffff%interface]:65535" with its terminator */
};

/* Whether `text` is a numeric IPv4 or IPv6 address, the latter with a zone if need be. */
bool address_parse(const char *text, uint16_t port, union address *ret_address);

/* Turns an IPv4 address that is mapped to IPv6 into IPv4's own form; leaves any other alone. */
void address_unmap(union address *address);

/* "127.0.0.1:29500", "[::1]:29500", "[fe80::1%eth0]:29500"; an IPv4 address that is mapped to
 * IPv6 as the first. Returns `text`. */
const char *address_format(const union address *address, char text[ADDRESS_TEXT_MAX]);

/* The bytes that tell its host from others: four of IPv4, mapped to IPv6 or not, or sixteen.
 * They are those in `address`. */
struct span address_host(const union address *address);

socklen_t address_size(const union address *address);
uint16_t address_port(const union address *address);
void address_set_port(union address *address, uint16_t port);
bool address_is_every(const union address *address); /* 0.0.0.0 or :: */
bool address_is_loopback(const union address *address);

#endif
