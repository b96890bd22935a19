#include "tcpstore-bench/control.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "common/clock.h"
#include "tcpstore-bench/fail.h"

#define STORE_AT_ONCE ((size_t)1 << 20) /* bytes */

/* TCP connects a socket to itself if nothing listens on the port and the kernel picks that port
 * for this end. Linux fills every byte of both addresses. */
static bool is_connected_to_itself(int fd)
{
    struct sockaddr_storage here, there;
    socklen_t here_len = sizeof(here);
    socklen_t there_len = sizeof(there);

    return getsockname(fd, (struct sockaddr *)&here, &here_len) == 0 &&
           getpeername(fd, (struct sockaddr *)&there, &there_len) == 0 &&
           here_len == there_len && memcmp(&here, &there, here_len) == 0;
}

static void fail_to_connect(const struct address *address, int error)
{
    char host[NI_MAXHOST] = "?";
    char port[NI_MAXSERV] = "?";

    getnameinfo(
        (const struct sockaddr *)&address->storage, address->len, host, sizeof(host), port,
        sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
    fail(
        "cannot connect to %s, port %s: %s; is the server running, and on that port?", host,
        port, strerror(error));
}

int control_open(const struct address *address, uint64_t timeout_ns)
{
    const struct timeval patience = {.tv_sec = (time_t)(timeout_ns / NS_PER_SECOND) + 1};
    const int on = 1;
    struct requests hello = {0};
    int control = socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (control < 0)
        fail("socket: %s", strerror(errno));
    /* cppcheck-suppress invalidFunctionArg ; fail does not return */
    if (connect(control, (const struct sockaddr *)&address->storage, address->len))
        fail_to_connect(address, errno);
    if (is_connected_to_itself(control))
        fail_to_connect(address, ECONNREFUSED);
    setsockopt(control, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    setsockopt(control, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(control, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    requests_validate(&hello);
    control_send(control, requests_pieces(&hello, 1));
    requests_free(&hello);
    return control;
}

/* A socket's timeout has the same error code as an operation that would block. */
static bool has_timed_out(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

static void fail_to_send(int error)
{
    if (has_timed_out(error))
        fail("the server has read nothing in time; see its log, or raise --timeout");
    fail("sending: %s", strerror(error));
}

static void fail_to_receive(int error)
{
    if (has_timed_out(error))
        fail("the server has sent nothing in time; see its log, or raise --timeout");
    fail("receiving: %s", strerror(error));
}

void control_send(int control, struct pieces requests)
{
    while (!pieces_are_sent(&requests)) {
        if (pieces_send(control, &requests) < 0)
            fail_to_send(errno);
    }
}

void control_receive(int control, uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t received = recv(control, bytes, len, 0);

        if (received < 0)
            fail_to_receive(errno);
        if (received == 0)
            fail("the server has closed the connection; its log says why");
        bytes += received;
        len -= (size_t)received;
    }
}

void control_ping(int control)
{
    static uint32_t nonce;
    struct requests ping = {0};
    uint8_t reply[4];

    requests_ping(&ping, ++nonce);
    control_send(control, requests_pieces(&ping, 1));
    requests_free(&ping);
    control_receive(control, reply, sizeof(reply));
    if (bytes_get_u32(reply) != nonce)
        fail("PING was answered with %u instead of %u", bytes_get_u32(reply), nonce);
}

void control_store(int control, size_t count, struct span value)
{
    struct requests sets = {0};

    for (size_t i = 0; i < count; i++) {
        requests_set(&sets, i, value);
        if (sets.len >= STORE_AT_ONCE || i + 1 == count) {
            control_send(control, requests_pieces(&sets, 1));
            requests_clear(&sets);
        }
    }
    requests_free(&sets);
    control_ping(control);
}
