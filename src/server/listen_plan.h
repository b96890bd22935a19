/* What a list of addresses means: which ones can be listened on, and which of them need a
 * socket of their own. Nothing is opened. */
#ifndef SERVER_LISTEN_PLAN_H
#define SERVER_LISTEN_PLAN_H

#include <stddef.h>

#include <tcpstore/error.h>

#include "server/address.h"

/*
 * A numeric address of one host or, as 0.0.0.0 or ::, of all its interfaces. An IPv4 address
 * that is mapped to IPv6 is that IPv4 address.
 *
 * TCPSTORE_EINVAL  it is not numeric, is a multicast or broadcast address, or is a link-local
 *                  one without an interface of this machine
 */
int listen_plan_parse(
    const char *text, uint16_t port, struct tcpstore_error *error, union address *ret_address);

/*
 * The index of the address whose socket serves the `index`th one; `index` itself if that
 * address needs a socket of its own. :: serves every address, 0.0.0.0 every IPv4 one, and of
 * several equal ones the first serves them all.
 */
size_t listen_plan_server_of(const union address *addresses, size_t count, size_t index);

#endif
