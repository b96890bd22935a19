/*
 * Happy path: a socket for each address that no other one on the list includes, all on one
 * port, each entered in the server's list. With port 0 the kernel picks the first one's port,
 * and the others take the same. Or the one socket that is handed over.
 *
 * Ways to fail: an address is not one to listen on (listen_plan.c), or cannot be had
 * (socket.c): nothing stays open. The port that was picked is taken on another address: it
 * starts over, up to PORT_ATTEMPTS times. No IPv6 for ::, it listens on 0.0.0.0. No memory.
 */
#include "server/listen_sockets.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "server/listen_plan.h"
#include "server/socket.h"

enum {
    PORT_ATTEMPTS = 16 /* for a free port that is free on every address */
};

static void add_listener(struct tcpstore_server *server, int fd, const union address *address)
{
    struct listener *listener = &server->listeners[server->listener_count++];

    *listener = (struct listener){.server = server, .fd = fd, .address = *address};
    address_format(address, listener->text);
}

/* Before the loop knows them. */
static void drop_listeners(struct tcpstore_server *server)
{
    while (server->listener_count > 0)
        close(server->listeners[--server->listener_count].fd);
}

static int open_address(
    struct tcpstore_server *server, const union address *address, struct tcpstore_error *error)
{
    union address bound;
    int fd;
    int code = socket_listen(address, error, &fd);

    if (code)
        return code;
    code = socket_address(fd, error, &bound);
    if (code) {
        close(fd);
        return code;
    }
    add_listener(server, fd, &bound);
    return 0;
}

/* Where there is no IPv6, 0.0.0.0 stands in for ::. */
static int open_one(
    struct tcpstore_server *server, const union address *address, struct tcpstore_error *error)
{
    union address every_v4;
    int code = open_address(server, address, error);

    if (code == 0 || code == TCPSTORE_EADDRINUSE || code == TCPSTORE_EACCESS)
        return code;
    if (!address_is_every(address) || address->any.sa_family != AF_INET6)
        return code;
    log_event(
        &server->log, TCPSTORE_LOG_INFO, "no-ipv6", "reason=\"trying 0.0.0.0 instead of ::\"");
    address_parse("0.0.0.0", address_port(address), &every_v4);
    return open_address(server, &every_v4, error);
}

/* One try; with port 0, the first one's free port is asked of the others. */
static int open_all(
    struct tcpstore_server *server, const union address *addresses, size_t count,
    struct tcpstore_error *error)
{
    for (size_t i = 0; i < count; i++) {
        union address address = addresses[i];
        int code;

        if (listen_plan_server_of(addresses, count, i) != i)
            continue;
        if (server->listener_count > 0)
            address_set_port(&address, address_port(&server->listeners[0].address));
        code = open_one(server, &address, error);
        if (code) {
            drop_listeners(server);
            return code;
        }
    }
    return 0;
}

static void log_those_without_a_socket(
    struct tcpstore_server *server, const char *const *texts, const union address *addresses,
    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t serving = listen_plan_server_of(addresses, count, i);

        if (serving != i)
            log_event(
                &server->log, TCPSTORE_LOG_INFO, "address-included",
                "address=%s reason=\"the socket of %s serves it\"", texts[i], texts[serving]);
    }
}

static int open_addresses(
    struct tcpstore_server *server, const char *const *texts, union address *addresses,
    size_t count, uint16_t port, struct tcpstore_error *error)
{
    int attempts = port == 0 ? PORT_ATTEMPTS : 1;
    int code;

    for (size_t i = 0; i < count; i++) {
        code = listen_plan_parse(texts[i], port, error, &addresses[i]);
        if (code)
            return code;
    }
    log_those_without_a_socket(server, texts, addresses, count);
    do {
        code = open_all(server, addresses, count, error);
    } while (code == TCPSTORE_EADDRINUSE && --attempts > 0);
    return code;
}

static int open_texts(
    struct tcpstore_server *server, const char *const *texts, size_t count, uint16_t port,
    struct tcpstore_error *error)
{
    union address *addresses = calloc(count, sizeof(*addresses));
    int code;

    if (addresses == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for addresses");
    code = open_addresses(server, texts, addresses, count, port, error);
    free(addresses);
    return code;
}

static int adopt(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    union address bound;
    int code = socket_adopt(options->listen_fd, options->port, error);

    if (code == 0)
        code = socket_address(options->listen_fd, error, &bound);
    if (code == 0)
        add_listener(server, options->listen_fd, &bound);
    return code;
}

static int open_sockets(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    static const char *const every_interface[] = {"::"};

    if (options->listen_fd >= 0)
        return adopt(server, options, error);
    if (options->address_count == 0)
        return open_texts(server, every_interface, 1, options->port, error);
    return open_texts(server, options->addresses, options->address_count, options->port, error);
}

/* The first failure may be made good by another try: only the last one counts. */
int listen_sockets_open(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    size_t count = options->address_count > 0 ? options->address_count : 1;
    struct tcpstore_error last;
    int code;

    server->listeners = calloc(count, sizeof(*server->listeners));
    if (server->listeners == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for %zu listeners", count);
    code = open_sockets(server, options, &last);
    if (code) {
        free(server->listeners);
        server->listeners = NULL;
        error_set(error, code, "%s", last.text);
    }
    return code;
}
