/* Without memory to watch another client, the server disconnects it and keeps serving. */
#include "support/test.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include <tcpstore/server.h>

#include "support/heap.h"
#include "support/raw_client.h"
#include "support/receive.h"
#include "support/store.h"

enum {
    CLIENTS = 100,
    BELOW_128_WATCHERS = 1000, /* bytes; a client takes less */
};

static int connect_to(const struct tcpstore_server *server)
{
    return raw_connect("127.0.0.1", tcpstore_server_port(server));
}

/* Sends the requests. Returns whether a reply of four bytes arrives. */
static bool gets_a_reply(int fd, struct buffer *requests)
{
    uint8_t reply[4];
    bool replied = send(fd, requests->bytes, requests->len, MSG_NOSIGNAL) > 0 &&
                   receive_all(fd, reply, sizeof(reply));

    buffer_free(requests);
    return replied;
}

static bool joins(int fd)
{
    struct buffer requests = {0};

    add_word(&requests, OP_VALIDATE, MAGIC);
    add_word(&requests, OP_PING, 1);
    return gets_a_reply(fd, &requests);
}

static bool pings(int fd)
{
    struct buffer requests = {0};

    add_word(&requests, OP_PING, 1);
    return gets_a_reply(fd, &requests);
}

static void clients_that_cannot_be_watched_are_disconnected(void **state)
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
        cmocka_unit_test(clients_that_cannot_be_watched_are_disconnected),
    };

    if (uv_replace_allocator(malloc, realloc, calloc, free))
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
