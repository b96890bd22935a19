/* Numeric IP addresses with a port, or the process at the other end of a Unix socket, and their
 * text form. No names are resolved. */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/span.h"

/* Who has connected to a Unix socket: its address says nothing. */
struct unix_peer {
    sa_family_t family; /* AF_UNIX */
    int32_t pid;        /* 0: in another PID namespace */
};

union address {
    struct sockaddr any;
    struct unix_peer unix_peer;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

enum {
    ADDRESS_TEXT_MAX = 64 /* "[ffff:…:ffff%interface]:65535" with its terminator */
};

/* Parses a numeric IPv4 or IPv6 address; the latter may have a zone. Returns false if `text` is
 * neither. */
bool address_parse(const char *text, uint16_t port, union address *ret_address);

/* Converts an IPv4-mapped address, such as ::ffff:10.0.0.7, to plain IPv4; leaves any other
 * address alone. */
void address_unmap(union address *address);

/* "127.0.0.1:29500", "[::1]:29500", "[fe80::1%eth0]:29500", "unix:4711" with the process. An
 * IPv4-mapped address is written as IPv4. Returns `text`. */
const char *address_format(const union address *address, char text[ADDRESS_TEXT_MAX]);

/* The address without port and zone: four bytes for IPv4, mapped or not, sixteen for IPv6, none
 * for a Unix socket. They are borrowed from `address`. */
struct span address_host(const union address *address);

socklen_t address_size(const union address *address);
uint16_t address_port(const union address *address); /* of a Unix socket: 0 */
void address_set_port(union address *address, uint16_t port);
bool address_is_wildcard(const union address *address); /* 0.0.0.0 or :: */
bool address_is_loopback(const union address *address);
bool address_is_unix(const union address *address);

#endif
