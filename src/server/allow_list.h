/* The networks from which clients may connect, in CIDR notation. */
#ifndef SERVER_ALLOW_LIST_H
#define SERVER_ALLOW_LIST_H

#include <stddef.h>

#include <tcpstore/error.h>

#include "server/address.h"

struct allow_list {
    struct network *networks;
    size_t count; /* 0: every host */
};

/*
 * Each text is a network, as "10.0.0.0/8" or "fd00::/8", or a single address. An IPv4-mapped
 * network is an IPv4 one.
 *
 * TCPSTORE_EINVAL  a network is malformed; or bits are set after its prefix, as when the length
 *                  of that is wrong
 * TCPSTORE_ENOMEM
 */
TCPSTORE_MUST_USE
int allow_list_parse(
    const char *const *texts, size_t count, struct tcpstore_error *error,
    struct allow_list *ret_list);

/* A client of a Unix socket has no network, and is always permitted. */
bool allow_list_permits(const struct allow_list *list, const union address *peer);

void allow_list_free(struct allow_list *list);

#endif
