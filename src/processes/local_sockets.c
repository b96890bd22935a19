#include "processes/local_sockets.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REPLY_MAX = 32 << 10, WAIT_SECONDS = 1 };

struct query {
    struct nlmsghdr head;
    struct inet_diag_req_v2 request;
};

static int ask(int fd, uint8_t family)
{
    const struct query query = {
        .head =
            {
                .nlmsg_len = sizeof(query),
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
            },
        .request =
            {
                .sdiag_family = family,
                .sdiag_protocol = IPPROTO_TCP,
                .idiag_states = 1 << TCP_ESTABLISHED,
            },
    };

    return send(fd, &query, sizeof(query), 0) == (ssize_t)sizeof(query) ? 0 : -1;
}

static void take_address(const struct inet_diag_msg *socket, union address *ret_address)
{
    *ret_address = (union address){.any.sa_family = socket->idiag_family};
    if (socket->idiag_family == AF_INET)
        memcpy(&ret_address->v4.sin_addr, socket->id.idiag_src, sizeof(struct in_addr));
    else
        memcpy(&ret_address->v6.sin6_addr, socket->id.idiag_src, sizeof(struct in6_addr));
    address_set_port(ret_address, ntohs(socket->id.idiag_sport));
}

/* Returns false after the last message. */
static bool take_message(
    const struct nlmsghdr *head, uint16_t port, local_socket_fn *found, void *context)
{
    const struct inet_diag_msg *socket = NLMSG_DATA(head);
    union address own;

    if (head->nlmsg_type != SOCK_DIAG_BY_FAMILY)
        return false;
    if (ntohs(socket->id.idiag_dport) != port)
        return true;
    take_address(socket, &own);
    found(context, &own, socket->idiag_inode);
    return true;
}

static void list(int fd, uint16_t port, local_socket_fn *found, void *context)
{
    _Alignas(struct nlmsghdr) char reply[REPLY_MAX];

    for (;;) {
        ssize_t len = recv(fd, reply, sizeof(reply), 0);
        const struct nlmsghdr *head = (const struct nlmsghdr *)reply;

        if (len <= 0)
            return;
        for (; len > 0 && NLMSG_OK(head, (size_t)len); head = NLMSG_NEXT(head, len)) {
            if (!take_message(head, port, found, context))
                return;
        }
    }
}

void local_sockets_each(uint16_t port, local_socket_fn *found, void *context)
{
    static const uint8_t families[] = {AF_INET, AF_INET6};
    const struct timeval wait = {.tv_sec = WAIT_SECONDS};
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    for (size_t i = 0; i < sizeof(families); i++) {
        if (ask(fd, families[i]) == 0)
            list(fd, port, found, context);
    }
    close(fd);
}
