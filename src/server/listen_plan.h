/* Which addresses of a list are valid, and which need their own socket. Opens nothing. */
#ifndef SERVER_LISTEN_PLAN_H
#define SERVER_LISTEN_PLAN_H

#include <stddef.h>

#include <tcpstore/error.h>

#include "server/address.h"

/*
 * Parses a numeric address of one interface, or 0.0.0.0 or :: for all. An IPv4-mapped address
 * becomes plain IPv4.
 *
 * TCPSTORE_EINVAL  it is not numeric, is a multicast or broadcast address, or is a link-local
 *                  address without an interface of this machine
 */
int listen_plan_parse(
    const char *text, uint16_t port, struct tcpstore_error *error, union address *ret_address);

/*
 * The index of the address that has the socket for address `index`: `index` itself if that
 * address needs its own. A socket on :: serves every address, one on 0.0.0.0 every IPv4
 * address. Equal addresses share the socket of the first.
 */
size_t listen_plan_socket_for(const union address *addresses, size_t count, size_t index);

#endif
