/* Opens the sockets that a server listens on. */
#ifndef SERVER_LISTEN_SOCKETS_H
#define SERVER_LISTEN_SOCKETS_H

#include <stddef.h>

#include <tcpstore/error.h>

#include "server/address.h"
#include "server/log.h"

enum { LISTEN_TEXT_MAX = 128 /* the path of a Unix socket, or an address */ };

struct listen_socket {
    int fd;
    union address address;      /* all zero for a Unix socket */
    char text[LISTEN_TEXT_MAX]; /* `address` as address_format writes it, or "unix:/path" */
};

struct listen_sockets {
    struct listen_socket *list;
    size_t count;
};

/*
 * One socket for each address that no other one includes, all on the same port; 0 picks a free
 * one. `::` falls back to 0.0.0.0 on a machine without IPv6.
 *
 * TCPSTORE_EINVAL (listen_plan_parse), TCPSTORE_EADDRINUSE, TCPSTORE_EADDRNOTAVAIL,
 * TCPSTORE_EACCESS, TCPSTORE_ENOMEM, TCPSTORE_ESYSTEM
 */
TCPSTORE_MUST_USE
int listen_sockets_open(
    const char *const *addresses, size_t count, uint16_t port, const struct log *log,
    struct tcpstore_error *error, struct listen_sockets *ret_sockets);

/* The same, on the addresses of `others` and another port. */
TCPSTORE_MUST_USE
int listen_sockets_open_beside(
    const struct listen_sockets *others, uint16_t port, const struct log *log,
    struct tcpstore_error *error, struct listen_sockets *ret_sockets);

/* Takes over the bound socket `fd`. Errors as socket_adopt, and TCPSTORE_ENOMEM; the caller
 * keeps the socket then. */
TCPSTORE_MUST_USE
int listen_sockets_adopt(
    int fd, uint16_t port, struct tcpstore_error *error, struct listen_sockets *ret_sockets);

/* Takes over the Unix socket `fd`, which listens. `text` is copied. TCPSTORE_ENOMEM; the caller
 * keeps the socket then. */
TCPSTORE_MUST_USE
int listen_sockets_take(
    int fd, const char *text, struct tcpstore_error *error, struct listen_sockets *ret_sockets);

/* Closes them. Their texts and addresses stay valid. */
void listen_sockets_close(struct listen_sockets *sockets);

/* Frees the list; the sockets are closed. */
void listen_sockets_free(struct listen_sockets *sockets);

#endif
