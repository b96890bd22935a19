#include "support/raw_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/receive.h"
#include "support/test.h"

int raw_connect(const char *host, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    const struct timeval patience = {.tv_sec = 20};
    bool is_v4 = inet_pton(AF_INET, host, &v4.sin_addr) == 1;
    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM, 0);

    inet_pton(AF_INET6, host, &v6.sin6_addr);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    if (is_v4)
        assert_int_equal(connect(fd, (struct sockaddr *)&v4, sizeof(v4)), 0);
    else
        assert_int_equal(connect(fd, (struct sockaddr *)&v6, sizeof(v6)), 0);
    return fd;
}

void raw_send(int fd, struct buffer *requests)
{
    size_t sent = 0;

    while (sent < requests->len) {
        ssize_t len = TEMP_FAILURE_RETRY(
            send(fd, requests->bytes + sent, requests->len - sent, MSG_NOSIGNAL));

        assert_true(len > 0);
        sent += (size_t)len;
    }
    buffer_clear(requests);
}

void raw_assert_reply(int fd, struct span expected)
{
    uint8_t *bytes = malloc(expected.len);

    assert_non_null(bytes);
    assert_true(receive_all(fd, bytes, expected.len));
    assert_memory_equal(bytes, expected.bytes, expected.len);
    free(bytes);
}

void raw_assert_closed(int fd)
{
    char byte;
    ssize_t len = receive(fd, &byte, 1);

    assert_true(len == 0 || (len < 0 && errno == ECONNRESET));
}

void raw_ping(int fd)
{
    struct buffer requests = {0};

    add_word(&requests, OP_PING, 0x04030201);
    raw_send(fd, &requests);
    raw_assert_reply(fd, text("\1\2\3\4"));
    buffer_free(&requests);
}

int raw_join(const char *host, uint16_t port)
{
    int fd = raw_connect(host, port);
    struct buffer requests = {0};

    add_word(&requests, OP_VALIDATE, MAGIC);
    raw_send(fd, &requests);
    buffer_free(&requests);
    raw_ping(fd);
    return fd;
}
