/*
 * Happy path: socket, bind, listen; for a socket that the caller hands over, check and listen.
 *
 * Failures: the address is in use, not on this machine, or privileged; IPv6 is disabled; the
 * descriptor table is full; the descriptor is not a socket, not TCP, not bound, or bound to
 * another port.
 */
#include "server/listen_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

enum {
    BACKLOG = 65535,          /* the kernel lowers it to net.core.somaxconn */
    UNSENT_MAX = 512 << 10,   /* bytes */
    RECEIVE_BUFFER = 1 << 20, /* bytes */
    KEEP_ALIVE_SECONDS = 60,  /* idle time after which the kernel probes the peer */
    PROBE_SECONDS = 1,
    PROBES = 10,
};

static int code_of_errno(int error)
{
    switch (error) {
    case EADDRINUSE:
        return TCPSTORE_EADDRINUSE;
    case EADDRNOTAVAIL:
        return TCPSTORE_EADDRNOTAVAIL;
    case EACCES:
    case EPERM:
        return TCPSTORE_EACCESS;
    default:
        return TCPSTORE_ESYSTEM;
    }
}

static const char *advice_for(int code, int system_error)
{
    if (system_error == EAFNOSUPPORT)
        return "this machine has no IPv6; leave the address out";
    switch (code) {
    case TCPSTORE_EADDRINUSE:
        return "stop what uses that port ('ss -tanp' shows it), or choose another port";
    case TCPSTORE_EADDRNOTAVAIL:
        return "choose an address of this machine, or :: for all";
    case TCPSTORE_EACCESS:
        return "ports below 1024 are reserved for root; choose a higher one";
    default:
        return NULL;
    }
}

/* "address in use: 127.0.0.1:29500; stop what uses that port …" */
static int fail_with_advice(
    struct tcpstore_error *error, int system_error, const union address *address)
{
    int code = code_of_errno(system_error);
    const char *advice = advice_for(code, system_error);
    char text[ADDRESS_TEXT_MAX];

    return error_set(
        error, code, "%s: %s; %s", tcpstore_strerror(code), address_format(address, text),
        advice != NULL ? advice : strerror(system_error));
}

/* On some systems a socket for `::` refuses IPv4 clients by default. */
static int set_options(int fd, const union address *address, bool ipv6_only)
{
    const int on = 1;
    const int only = ipv6_only;

    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)))
        return -1;
    if (address->any.sa_family != AF_INET6)
        return 0;
    return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
}

static bool set_receive_buffer(int fd)
{
    const int wanted = RECEIVE_BUFFER;
    int size = 0;
    socklen_t len = sizeof(size);

    return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &wanted, len) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, &len) == 0 &&
           size >= 2 * wanted; /* it doubles */
}

/* Whether net.core.rmem_max allows it; on another socket, as it cannot be undone. A smaller
 * buffer, which would stay fixed, would slow down large values on networks with a round trip of
 * a millisecond. */
static bool can_set_receive_buffer(void)
{
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool can = probe >= 0 && set_receive_buffer(probe);

    if (probe >= 0)
        close(probe);
    return can;
}

static void set_option(int fd, int level, int option, int value)
{
    setsockopt(fd, level, option, &value, sizeof(value));
}

/* Bounds the kernel's buffers for each client, which can grow to 4 and 6 MiB otherwise. The
 * limit is on unsent bytes: SO_SNDBUF would include bytes in flight, so that large values would
 * take three times as long with a round trip of a millisecond. Errors are ignored: a server
 * works without the limits, too. */
static void limit_buffers(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_MAX);
    if (can_set_receive_buffer())
        set_receive_buffer(fd);
}

/* Small replies are sent at once, and a peer that has vanished is noticed. */
static void set_connection_options(int fd)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_ALIVE_SECONDS);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_SECONDS);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, PROBES);
}

/* Connected sockets inherit these options: so five system calls for each are saved. */
static void prepare_connections(int fd)
{
    limit_buffers(fd);
    set_connection_options(fd);
}

int socket_listen(
    const union address *address, bool ipv6_only, struct tcpstore_error *error, int *ret_fd)
{
    int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    int fd = socket(address->any.sa_family, type, 0);

    if (fd < 0)
        return fail_with_advice(error, errno, address);
    prepare_connections(fd);
    if (set_options(fd, address, ipv6_only) || bind(fd, &address->any, address_size(address)) ||
        listen(fd, BACKLOG)) {
        int code = fail_with_advice(error, errno, address);

        close(fd);
        return code;
    }
    *ret_fd = fd;
    return 0;
}

bool socket_is_ipv6_only(int fd)
{
    int only = 0;
    socklen_t len = sizeof(only);

    return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) == 0 && only != 0;
}

static bool is_tcp_socket(int fd)
{
    union address address = {0};
    socklen_t address_len = sizeof(address);
    int type = 0;
    socklen_t type_len = sizeof(type);

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 && type == SOCK_STREAM &&
           getsockname(fd, &address.any, &address_len) == 0 &&
           (address.any.sa_family == AF_INET || address.any.sa_family == AF_INET6);
}

int socket_adopt(int fd, uint16_t port, struct tcpstore_error *error)
{
    union address address;
    int flags;
    int code;

    if (!is_tcp_socket(fd))
        return error_set(
            error, TCPSTORE_EINVAL,
            "descriptor %d is not a TCP socket; hand over one that is bound to a port (a Unix "
            "socket is opened by --unix)",
            fd);
    code = socket_address(fd, error, &address);
    if (code)
        return code;
    if (address_port(&address) == 0)
        return error_set(
            error, TCPSTORE_EINVAL, "listening socket %d is not bound; bind it to a port", fd);
    if (port != 0 && address_port(&address) != port)
        return error_set(
            error, TCPSTORE_EPORTMISMATCH,
            "listening socket %d is bound to port %u, expected port %u", fd,
            (unsigned)address_port(&address), (unsigned)port);
    prepare_connections(fd);
    if (listen(fd, BACKLOG))
        return fail_with_advice(error, errno, &address);
    flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK))
        return fail_with_advice(error, errno, &address);
    return 0;
}

int socket_address(int fd, struct tcpstore_error *error, union address *ret_address)
{
    union address address = {0};
    socklen_t len = sizeof(address);

    if (getsockname(fd, &address.any, &len))
        return error_set(
            error, TCPSTORE_ESYSTEM, "address of socket %d: %s", fd, strerror(errno));
    *ret_address = address;
    return 0;
}
