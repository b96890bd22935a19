/*
 * Happy path: a socket for each address, all on one port, each entered in the server's list.
 * With port 0 the kernel picks the first one's port, and the others take the same.
 *
 * Ways to fail: an address is not numeric, or cannot be had (see socket.c): nothing stays open.
 * The port that was picked is taken on another address: all over again, a few times. No IPv6
 * where every interface is meant: IPv4 alone. No memory.
 */
#include "server/listen_sockets.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
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

static int open_one(
    struct tcpstore_server *server, const union address *address, bool only_v6,
    struct tcpstore_error *error)
{
    union address bound;
    int fd;
    int code = socket_listen(address, only_v6, error, &fd);

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

static int open_any(struct tcpstore_server *server, uint16_t port, struct tcpstore_error *error)
{
    union address every_v6;
    union address every_v4;
    int code;

    address_parse("::", port, &every_v6);
    address_parse("0.0.0.0", port, &every_v4);
    code = open_one(server, &every_v6, false, error);
    if (code == 0 || code == TCPSTORE_EADDRINUSE || code == TCPSTORE_EACCESS)
        return code;
    log_event(
        &server->log, TCPSTORE_LOG_INFO, "no-ipv6", "reason=\"trying 0.0.0.0 instead of ::\"");
    return open_one(server, &every_v4, false, error);
}

static int parse_addresses(
    const struct tcpstore_server_options *options, union address *addresses, bool *ret_has_v4,
    struct tcpstore_error *error)
{
    *ret_has_v4 = false;
    for (size_t i = 0; i < options->address_count; i++) {
        if (!address_parse(options->addresses[i], options->port, &addresses[i]))
            return error_set(
                error, TCPSTORE_EINVAL,
                "'%s' is not a numeric address; give one such as 127.0.0.1, ::1, or :: for all",
                options->addresses[i]);
        *ret_has_v4 |= addresses[i].any.sa_family == AF_INET;
    }
    return 0;
}

/* One try at listening on all of them; with port 0, the first one's free port is asked of the
 * others. */
static int open_all(
    struct tcpstore_server *server, union address *addresses, size_t count, bool has_v4,
    struct tcpstore_error *error)
{
    for (size_t i = 0; i < count; i++) {
        union address address = addresses[i];
        int code;

        if (i > 0)
            address_set_port(&address, address_port(&server->listeners[0].address));
        code = open_one(server, &address, has_v4, error);
        if (code) {
            drop_listeners(server);
            return code;
        }
    }
    return 0;
}

static int open_addresses(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    union address *addresses, struct tcpstore_error *error)
{
    bool has_v4;
    int code = parse_addresses(options, addresses, &has_v4, error);
    int attempts = options->port == 0 ? PORT_ATTEMPTS : 1;

    if (code)
        return code;
    do {
        code = open_all(server, addresses, options->address_count, has_v4, error);
    } while (code == TCPSTORE_EADDRINUSE && --attempts > 0);
    return code;
}

static int open_sockets(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    union address *addresses;
    union address bound;
    int code;

    if (options->listen_fd >= 0) {
        code = socket_adopt(options->listen_fd, options->port, error);
        if (code == 0)
            code = socket_address(options->listen_fd, error, &bound);
        if (code == 0)
            add_listener(server, options->listen_fd, &bound);
        return code;
    }
    if (options->address_count == 0)
        return open_any(server, options->port, error);
    addresses = calloc(options->address_count, sizeof(*addresses));
    if (addresses == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for addresses");
    code = open_addresses(server, options, addresses, error);
    free(addresses);
    return code;
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
