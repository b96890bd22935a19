/*
 * Happy path: a socket for each address that no other one on the list includes, all on one
 * port. With port 0 the kernel picks the first socket's port, and the others ask for the same.
 *
 * Failures: an address is invalid (listen_plan.c) or cannot be bound (listen_socket.c): no
 * socket stays open. The port that the kernel picked is taken on another address: start over,
 * up to PORT_ATTEMPTS times. No IPv6: listen on 0.0.0.0 instead of ::. No memory.
 */
#include "server/listen_sockets.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "server/listen_plan.h"
#include "server/listen_socket.h"

enum {
    PORT_ATTEMPTS = 16 /* to find a port that is free on every address */
};

/* What to listen on. */
struct wanted {
    const union address *addresses;
    size_t count;
    bool ipv6_only;
};

static void add(struct listen_sockets *sockets, int fd, const union address *address)
{
    struct listen_socket *added = &sockets->list[sockets->count++];

    *added = (struct listen_socket){.fd = fd, .address = *address};
    address_format(address, added->text);
}

void listen_sockets_close(struct listen_sockets *sockets)
{
    for (size_t i = 0; i < sockets->count; i++)
        close(sockets->list[i].fd);
}

void listen_sockets_free(struct listen_sockets *sockets)
{
    free(sockets->list);
    *sockets = (struct listen_sockets){0};
}

static int open_address(
    struct listen_sockets *sockets, const union address *address, bool ipv6_only,
    struct tcpstore_error *error)
{
    union address bound;
    int fd;
    int code = socket_listen(address, ipv6_only, error, &fd);

    if (code)
        return code;
    code = socket_address(fd, error, &bound);
    if (code) {
        close(fd);
        return code;
    }
    add(sockets, fd, &bound);
    return 0;
}

/* On a machine without IPv6, 0.0.0.0 replaces ::. */
static int open_or_fall_back(
    struct listen_sockets *sockets, const union address *address, bool ipv6_only,
    const struct log *log, struct tcpstore_error *error)
{
    union address wildcard_v4;
    int code = open_address(sockets, address, ipv6_only, error);

    if (code == 0 || code == TCPSTORE_EADDRINUSE || code == TCPSTORE_EACCESS)
        return code;
    if (ipv6_only || !address_is_wildcard(address) || address->any.sa_family != AF_INET6)
        return code;
    log_write(log, TCPSTORE_LOG_INFO, "no-ipv6", "reason=\"trying 0.0.0.0 instead of ::\"");
    address_parse("0.0.0.0", address_port(address), &wildcard_v4);
    return open_address(sockets, &wildcard_v4, false, error);
}

/* One attempt. With port 0, the first socket gets a free port; the others ask for it, too. */
static int open_all(
    struct listen_sockets *sockets, const struct wanted *wanted, const struct log *log,
    struct tcpstore_error *error)
{
    for (size_t i = 0; i < wanted->count; i++) {
        union address address = wanted->addresses[i];
        int code;

        if (listen_plan_socket_for(wanted->addresses, wanted->count, i) != i)
            continue;
        if (sockets->count > 0)
            address_set_port(&address, address_port(&sockets->list[0].address));
        code = open_or_fall_back(sockets, &address, wanted->ipv6_only, log, error);
        if (code) {
            listen_sockets_close(sockets);
            sockets->count = 0;
            return code;
        }
    }
    return 0;
}

static int parse_all(
    const char *const *texts, size_t count, uint16_t port, struct tcpstore_error *error,
    union address *ret_addresses)
{
    for (size_t i = 0; i < count; i++) {
        int code = listen_plan_parse(texts[i], port, error, &ret_addresses[i]);

        if (code)
            return code;
    }
    return 0;
}

static void log_addresses_without_a_socket(
    const struct log *log, const char *const *texts, const union address *addresses,
    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t serving = listen_plan_socket_for(addresses, count, i);

        if (serving != i)
            log_write(
                log, TCPSTORE_LOG_INFO, "address-included",
                "address=%s reason=\"the socket of %s serves it\"", texts[i], texts[serving]);
    }
}

/* `error` gets the text of the last attempt only: an earlier failure does not matter if a later
 * attempt succeeds. */
static int open_with_retries(
    const struct wanted *wanted, const struct log *log, struct tcpstore_error *error,
    struct listen_sockets *sockets)
{
    int attempts = address_port(&wanted->addresses[0]) == 0 ? PORT_ATTEMPTS : 1;
    struct tcpstore_error last;
    int code;

    do {
        code = open_all(sockets, wanted, log, &last);
    } while (code == TCPSTORE_EADDRINUSE && --attempts > 0);
    return code ? error_set(error, code, "%s", last.text) : 0;
}

static int open_wanted(
    const struct wanted *wanted, const struct log *log, struct tcpstore_error *error,
    struct listen_sockets *ret_sockets)
{
    struct listen_sockets sockets = {.list = calloc(wanted->count, sizeof(*sockets.list))};
    int code;

    if (sockets.list == NULL)
        return error_set(
            error, TCPSTORE_ENOMEM, "out of memory for %zu addresses", wanted->count);
    code = open_with_retries(wanted, log, error, &sockets);
    if (code)
        listen_sockets_free(&sockets);
    else
        *ret_sockets = sockets;
    return code;
}

int listen_sockets_open(
    const char *const *texts, size_t count, uint16_t port, const struct log *log,
    struct tcpstore_error *error, struct listen_sockets *ret_sockets)
{
    union address *addresses = calloc(count, sizeof(*addresses));
    int code;

    if (addresses == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for %zu addresses", count);
    code = parse_all(texts, count, port, error, addresses);
    if (code == 0) {
        log_addresses_without_a_socket(log, texts, addresses, count);
        code = open_wanted(&(struct wanted){addresses, count, false}, log, error, ret_sockets);
    }
    free(addresses);
    return code;
}

int listen_sockets_open_beside(
    const struct listen_sockets *others, uint16_t port, const struct log *log,
    struct tcpstore_error *error, struct listen_sockets *ret_sockets)
{
    union address *addresses = calloc(others->count, sizeof(*addresses));
    struct wanted wanted = {addresses, others->count, socket_is_ipv6_only(others->list[0].fd)};
    int code;

    if (addresses == NULL)
        return error_set(
            error, TCPSTORE_ENOMEM, "out of memory for %zu addresses", others->count);
    for (size_t i = 0; i < others->count; i++) {
        addresses[i] = others->list[i].address;
        address_set_port(&addresses[i], port);
    }
    code = open_wanted(&wanted, log, error, ret_sockets);
    free(addresses);
    return code;
}

int listen_sockets_adopt(
    int fd, uint16_t port, struct tcpstore_error *error, struct listen_sockets *ret_sockets)
{
    struct listen_sockets sockets = {.list = calloc(1, sizeof(*sockets.list))};
    union address bound;
    int code;

    if (sockets.list == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for a listening socket");
    code = socket_adopt(fd, port, error);
    if (code == 0)
        code = socket_address(fd, error, &bound);
    if (code) {
        listen_sockets_free(&sockets);
        return code;
    }
    add(&sockets, fd, &bound);
    *ret_sockets = sockets;
    return 0;
}

int listen_sockets_take(
    int fd, const char *text, struct tcpstore_error *error, struct listen_sockets *ret_sockets)
{
    struct listen_socket *taken = calloc(1, sizeof(*taken));

    if (taken == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for a listening socket");
    taken->fd = fd;
    snprintf(taken->text, sizeof(taken->text), "%s", text);
    *ret_sockets = (struct listen_sockets){.list = taken, .count = 1};
    return 0;
}
