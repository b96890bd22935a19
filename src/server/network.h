/* The allow list: networks in CIDR notation. */
#ifndef SERVER_NETWORK_H
#define SERVER_NETWORK_H

#include <stddef.h>

#include <tcpstore/error.h>

#include "server/address.h"

struct network {
    union address address;
    unsigned bits; /* length of the prefix */
};

/*
 * "10.0.0.0/8", "fd00::/8", or a single address. An IPv4-mapped network is an IPv4 one.
 *
 * TCPSTORE_EINVAL  it is malformed; or bits are set after the prefix, as when its length is
 *                  wrong
 */
int network_parse(const char *text, struct tcpstore_error *error, struct network *ret_network);

struct allow_list {
    struct network *networks;
    size_t count; /* 0: every host */
};

/* Errors as network_parse, and TCPSTORE_ENOMEM. */
int allow_list_parse(
    const char *const *texts, size_t count, struct tcpstore_error *error,
    struct allow_list *ret_list);

bool allow_list_permits(const struct allow_list *list, const union address *peer);

void allow_list_free(struct allow_list *list);

#endif
