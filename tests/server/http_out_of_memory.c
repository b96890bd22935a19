/* Whichever request for memory is refused while an HTTP request is answered: its answer is
 * whole, or says so, or its connection is closed. */
#include "support/test.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tcpstore/server.h>

#include "support/heap.h"
#include "support/raw_client.h"
#include "support/receive.h"
#include "support/store.h"

enum { ANSWER_MAX = 1 << 20 };

static char answer[ANSWER_MAX];

/* Returns the status; 0: the connection was closed. The body is at `answer`. */
static unsigned request(uint16_t port, const char *method, const char *path)
{
    char head[200];
    int fd = raw_connect("127.0.0.1", port);
    size_t len = 0;
    ssize_t part;
    const char *body;
    unsigned status;

    snprintf(
        head, sizeof(head),
        "%s %s HTTP/1.1\r\nHost: localhost\r\nX-Tcpstore: 1\r\nConnection: close\r\n\r\n",
        method, path);
    send(fd, head, strlen(head), MSG_NOSIGNAL);
    do {
        part = receive(fd, answer + len, sizeof(answer) - 1 - len);
        len += part > 0 ? (size_t)part : 0;
    } while (part > 0);
    assert_true(part == 0 || errno == ECONNRESET);
    close(fd);
    answer[len] = 0;
    if (strncmp(answer, "HTTP/1.1 ", 9) != 0)
        return 0;
    status = (unsigned)strtoul(answer + 9, NULL, 10);
    body = strstr(answer, "\r\n\r\n");
    assert_non_null(body);
    memmove(answer, body + 4, strlen(body + 4) + 1);
    return status;
}

static unsigned ask(uint16_t port, const char *path)
{
    return request(port, "GET", path);
}

static bool names_an_error(void)
{
    json_t *object = json_loads(answer, 0, NULL);
    bool has_error = json_is_string(json_object_get(object, "error"));

    json_decref(object);
    return has_error;
}

static bool is_refused(unsigned status)
{
    return status == 0 || (status == 503 && names_an_error());
}

/* How many members the answer has; one that is not JSON: 0. */
static size_t count_members(const char *path)
{
    json_t *object = json_loads(answer, 0, NULL);
    size_t count = json_object_size(object);

    assert_true(object != NULL || strncmp(path, "/v1/", 4) != 0);
    json_decref(object);
    return count;
}

/* Keys, queues, and a client in each kind of wait. */
static void fill(uint16_t port, int waiters[2])
{
    struct buffer requests = {0};

    waiters[0] = raw_join("127.0.0.1", port);
    add_valued(&requests, OP_SET, "default_pg/0//cpu//0/0", text("address"));
    add_valued(&requests, OP_QUEUE_PUSH, "a queue", text("entry"));
    add_keys(&requests, OP_WAIT, "default_pg/0//cpu//0/2");
    raw_send(waiters[0], &requests);
    waiters[1] = raw_join("127.0.0.1", port);
    add_valued(&requests, OP_SET, "default_pg/0//cpu//0/1", text("address"));
    add_keys(&requests, OP_WAIT, "another/7");
    raw_send(waiters[1], &requests);
    buffer_free(&requests);
}

static void each_refusal_is_harmless(uint16_t port, const char *path)
{
    size_t members, nth = 0;
    unsigned status;
    bool was_refused;

    assert_int_equal(ask(port, path), 200);
    members = count_members(path);
    do {
        heap_refuse_elsewhere(++nth);
        status = ask(port, path);
        was_refused = heap_has_refused_elsewhere();
        heap_refuse_elsewhere(0);
        if (status == 200)
            assert_int_equal(count_members(path), members);
        else
            assert_true(is_refused(status));
    } while (was_refused);
}

static void answers_without_memory_are_whole_or_refused(void **state)
{
    static const char *const paths[] = {
        "/why",     "/v1/why",  "/v1/hosts", "/v1/clients", "/v1/keys?glob=*",
        "/v1/stat", "/metrics",
    };
    struct tcpstore_server *server = store_start();
    uint16_t port = tcpstore_server_port(server);
    int waiters[2];

    (void)state;
    json_set_alloc_funcs(malloc, free);
    fill(port, waiters);
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++)
        each_refusal_is_harmless(port, paths[i]);
    raw_ping(waiters[0]);
    close(waiters[0]);
    close(waiters[1]);
    tcpstore_server_free(server);
}

/* Its answer may be lost although it is done. */
static void a_change_without_memory_is_done_or_refused(
    uint16_t port, const char *method, const char *undo, unsigned done)
{
    static const char path[] = "/v1/stores/job";
    size_t nth = 0;
    unsigned status;
    bool was_refused;

    do {
        heap_refuse_elsewhere(++nth);
        status = request(port, method, path);
        was_refused = heap_has_refused_elsewhere();
        heap_refuse_elsewhere(0);
        assert_true(status == done || is_refused(status));
        status = request(port, undo, path);
        assert_true(status == 200 || status == 201 || status == 404);
    } while (was_refused);
}

static void stores_without_memory_are_whole_or_refused(void **state)
{
    struct tcpstore_server *server = store_start();
    uint16_t port = tcpstore_server_port(server);

    (void)state;
    json_set_alloc_funcs(malloc, free);
    a_change_without_memory_is_done_or_refused(port, "PUT", "DELETE", 201);
    assert_int_equal(request(port, "PUT", "/v1/stores/job"), 201);
    a_change_without_memory_is_done_or_refused(port, "DELETE", "PUT", 200);
    assert_int_equal(ask(port, "/v1/stores/job"), 200);
    tcpstore_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_without_memory_are_whole_or_refused),
        cmocka_unit_test(stores_without_memory_are_whole_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
