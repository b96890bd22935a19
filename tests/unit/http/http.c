#include "http/http.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/heap.h"
#include "support/test.h"

static const char half_request[] = "GET /why HTTP/1.1\r\nHost: x\r\n";
static const char whole_request[] = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
static const char request_end[] = "\r\n";

struct server {
    uv_loop_t loop;
    struct http http;
    unsigned requests;
    struct http_request *latest;
    bool answers_at_once;
};

static void answer(struct server *server)
{
    http_answer(
        server->latest,
        &(struct http_answer){
            .status = 200, .type = "text/plain", .bytes = "ok", .len = 2, .is_static = true});
}

static void on_requested(void *context, struct http_request *request)
{
    struct server *server = context;

    server->requests++;
    server->latest = request;
    if (server->answers_at_once)
        answer(server);
}

static void start(struct server *server)
{
    *server = (struct server){.requests = 0};
    assert_int_equal(uv_loop_init(&server->loop), 0);
    assert_int_equal(http_init(&server->http, &server->loop, on_requested, server), 0);
}

static void stop(struct server *server)
{
    http_close(&server->http);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&server->loop), 0);
}

static void send_text(int fd, const char *bytes)
{
    assert_int_equal(send(fd, bytes, strlen(bytes), MSG_NOSIGNAL), strlen(bytes));
}

/* Connects a client that has sent `bytes`. Returns its socket; that of the server is adopted.
 */
static int connect_and_send(struct server *server, const char *bytes)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    int accepted;

    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, len), 0);
    accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(accepted >= 0);
    close(listener);
    send_text(client, bytes);
    http_adopt(&server->http, accepted, (struct sockaddr *)&address, 0);
    return client;
}

static int connect_client(struct server *server)
{
    return connect_and_send(server, half_request);
}

static void assert_closed(int fd)
{
    char byte;

    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
}

static void close_while_a_request_is_not_answered_disconnects_its_client(void **state)
{
    struct server server;
    int client;

    (void)state;
    start(&server);
    client = connect_client(&server);
    send_text(client, request_end);
    while (server.requests == 0)
        uv_run(&server.loop, UV_RUN_ONCE);
    stop(&server);
    assert_closed(client);
}

static void close_when_a_request_has_just_arrived_does_not_begin_it(void **state)
{
    struct server server;
    int client;

    (void)state;
    start(&server);
    client = connect_client(&server);
    uv_run(&server.loop, UV_RUN_NOWAIT);
    send_text(client, request_end);
    stop(&server);
    assert_int_equal(server.requests, 0);
    assert_closed(client);
}

static void close_after_an_answer_does_not_begin_the_next_pipelined_request(void **state)
{
    struct server server;
    int client;

    (void)state;
    start(&server);
    client = connect_client(&server);
    for (int i = 0; i < 3; i++) {
        send_text(client, request_end);
        send_text(client, half_request);
    }
    while (server.requests == 0)
        uv_run(&server.loop, UV_RUN_ONCE);
    answer(&server);
    stop(&server);
    assert_int_equal(server.requests, 1);
    close(client);
}

/* Rather than when connections are next looked through. */
static void an_answer_at_once_goes_out_with_the_next_turn_of_the_loop(void **state)
{
    struct server server;
    int client;

    (void)state;
    start(&server);
    server.answers_at_once = true;
    client = connect_and_send(&server, whole_request);
    while (server.requests == 0)
        uv_run(&server.loop, UV_RUN_ONCE);
    assert_true(uv_is_active((uv_handle_t *)&server.http.soon));
    assert_int_equal(uv_timer_get_due_in(&server.http.soon), 0);
    stop(&server);
    close(client);
}

static void on_time(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* Runs the loop as a server does, until the client is disconnected. */
static void assert_disconnected(struct server *server, int fd)
{
    bool is_late = false;
    uv_timer_t timer = {.data = &is_late};
    char bytes[1000];

    uv_timer_init(&server->loop, &timer);
    uv_timer_start(&timer, on_time, 5000, 0);
    while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) < 0 && errno == EAGAIN && !is_late)
        uv_run(&server->loop, UV_RUN_ONCE);
    assert_false(is_late);
    assert_true(list_is_empty(&server->http.connections));
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&server->loop, UV_RUN_NOWAIT);
    close(fd);
}

static void without_memory_for_a_connection_it_is_closed(void **state)
{
    struct server server;
    int client;

    (void)state;
    start(&server);
    heap_refuse(1);
    client = connect_client(&server);
    assert_true(heap_has_refused());
    assert_disconnected(&server, client);
    stop(&server);
}

static void without_memory_for_a_request_its_connection_is_closed(void **state)
{
    struct server server;
    int client;

    (void)state;
    start(&server);
    heap_refuse(2); /* the first is for the connection */
    client = connect_and_send(&server, whole_request);
    assert_disconnected(&server, client);
    assert_true(heap_has_refused());
    assert_int_equal(server.requests, 0);
    stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_while_a_request_is_not_answered_disconnects_its_client),
        cmocka_unit_test(close_when_a_request_has_just_arrived_does_not_begin_it),
        cmocka_unit_test(close_after_an_answer_does_not_begin_the_next_pipelined_request),
        cmocka_unit_test(an_answer_at_once_goes_out_with_the_next_turn_of_the_loop),
        cmocka_unit_test(without_memory_for_a_connection_it_is_closed),
        cmocka_unit_test(without_memory_for_a_request_its_connection_is_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
