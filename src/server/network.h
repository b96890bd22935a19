/* The allow list: networks in CIDR notation. */
#ifndef SERVER_NETWORK_H
#define SERVER_NETWORK_H

#include <stddef.h>

#include <tcpstore/error.h>

#include "server/address.h"

struct network {
    union address address;
    unsigned bits; /* of its host, from the front, which all hosts in it share */
};

/*
 * "10.0.0.0/8", "fd00::/8", or an address alone. What is mapped to IPv6 is IPv4.
 *
 * TCPSTORE_EINVAL  it is none; or bits are set behind the ones that count, as a wrong length of
 *                  the prefix leaves them
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
