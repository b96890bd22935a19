/*
 * Happy path: receive from each end once the other has taken what came before, send it, poll.
 *
 * Ways to fail: the server closes the connection, or it is lost; this program closes its end,
 * even while the server does not read.
 */
#include "tcpstore-cli/carry.h"

#include <errno.h>
#include <poll.h>

enum { PIECE = 16 << 10 /* bytes from this program at a time */ };

struct load {
    int fd;
    struct transport *transport;
    struct span to_server;  /* received, not sent yet */
    struct span to_program; /* likewise */
    uint8_t piece[PIECE];
};

static bool is_transient(int error)
{
    return error == EAGAIN || error == EINTR;
}

/* The next four return false if their end has closed. */

static bool receive_from_program(struct load *load)
{
    ssize_t len;

    if (load->to_server.len > 0)
        return true;
    len = recv(load->fd, load->piece, sizeof(load->piece), 0);
    if (len > 0)
        load->to_server = span_of(load->piece, (size_t)len);
    return len > 0 || (len < 0 && is_transient(errno));
}

static bool send_to_program(struct load *load)
{
    ssize_t len;

    if (load->to_program.len == 0)
        return true;
    len = send(load->fd, load->to_program.bytes, load->to_program.len, MSG_NOSIGNAL);
    if (len > 0)
        load->to_program = span_from(load->to_program, (size_t)len);
    return len >= 0 || is_transient(errno);
}

static bool receive_from_server(struct load *load)
{
    return load->to_program.len > 0 ||
           transport_receive(load->transport, &load->to_program) != TRANSFER_LOST;
}

static bool send_to_server(struct load *load)
{
    size_t sent = 0;
    enum transfer transfer = TRANSFER_NONE;

    if (load->to_server.len > 0)
        transfer = transport_send(load->transport, load->to_server, &sent);
    load->to_server = span_from(load->to_server, sent);
    return transfer != TRANSFER_LOST;
}

/* False: this program has closed its end, or cancels. */
static bool wait_for_more(const struct load *load)
{
    const struct transport *transport = load->transport;
    const struct tls_transport *tls = transport->tls;
    bool can_receive = load->to_program.len == 0;
    bool must_send = load->to_server.len > 0 ||
                     (can_receive && tls != NULL && tls_transport_unsent(tls).len > 0);
    bool has_more = can_receive && tls != NULL && tls_transport_has_more(tls);
    int from_program = load->to_server.len == 0 ? POLLIN : 0;
    struct pollfd polls[] = {
        {.fd = load->fd, .events = (short)(from_program | (can_receive ? 0 : POLLOUT))},
        {.fd = can_receive || must_send ? transport->fd : -1,
         .events = (short)((can_receive ? POLLIN : 0) | (must_send ? POLLOUT : 0))},
        {.fd = transport->cancel_fd, .events = POLLIN},
    };

    if (poll(polls, 3, has_more ? 0 : -1) < 0)
        return is_transient(errno);
    return (polls[0].revents & (POLLHUP | POLLERR)) == 0 && polls[2].revents == 0;
}

const char *carry(int fd, struct transport *transport)
{
    struct load load = {.fd = fd, .transport = transport};

    do {
        if (!receive_from_program(&load))
            return NULL;
        if (!send_to_server(&load) || !receive_from_server(&load))
            return transport->reason;
        if (!send_to_program(&load))
            return NULL;
    } while (wait_for_more(&load));
    return NULL;
}
