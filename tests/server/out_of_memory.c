/* Clients that there is no memory to watch are closed, and the server goes on. */
#include "support/test.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <tcpstore/server.h>

#include "support/heap.h"
#include "support/receive.h"
#include "support/requests.h"
#include "support/store.h"

enum {
    CLIENTS = 100,
    BELOW_128_WATCHERS = 1000, /* bytes, and more than a client takes */
};

static int connect_to(const struct tcpstore_server *server)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(tcpstore_server_port(server))};
    const struct timeval patience = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

/* Sends the requests; whether four bytes of an answer come. */
static bool is_answered(int fd, struct buffer *requests)
{
    uint8_t answer[4];
    bool answered = send(fd, requests->bytes, requests->len, MSG_NOSIGNAL) > 0 &&
                    receive_all(fd, answer, sizeof(answer));

    buffer_free(requests);
    return answered;
}

static bool joins(int fd)
{
    struct buffer requests = {0};

    add_word(&requests, OP_VALIDATE, MAGIC);
    add_word(&requests, OP_PING, 1);
    return is_answered(fd, &requests);
}

static bool pings(int fd)
{
    struct buffer requests = {0};

    add_word(&requests, OP_PING, 1);
    return is_answered(fd, &requests);
}

static void clients_that_cannot_be_watched_are_closed(void **state)
{
    struct tcpstore_server *server = store_start();
    int first = connect_to(server);
    int fds[CLIENTS];
    int joined = 0;

    (void)state;
    assert_true(joins(first));
    heap_refuse_above(BELOW_128_WATCHERS);
    for (int i = 0; i < CLIENTS; i++) {
        fds[i] = connect_to(server);
        joined += joins(fds[i]);
    }
    assert_in_range(joined, 1, CLIENTS - 1);
    assert_true(pings(first));
    heap_refuse_above(SIZE_MAX);
    for (int i = 0; i < CLIENTS; i++) {
        int late = connect_to(server);

        assert_true(joins(late));
        close(fds[i]);
        fds[i] = late;
    }
    for (int i = 0; i < CLIENTS; i++)
        close(fds[i]);
    close(first);
    tcpstore_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_that_cannot_be_watched_are_closed),
    };

    if (uv_replace_allocator(malloc, realloc, calloc, free))
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
