/* Listening, accepting, refusing and pausing, on loopback sockets and a loop in this thread. */
#include "server/acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/heap.h"
#include "support/receive.h"
#include "support/test.h"

static int accept_calls;
static int accept_error;        /* of the next accept4; 0: none */
static bool has_no_descriptors; /* every accept4 fails */

/* The linker's names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */
int __real_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags);

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    accept_calls++;
    if (accept_error == 0 && !has_no_descriptors)
        return __real_accept4(fd, address, len, flags);
    errno = has_no_descriptors ? EMFILE : accept_error;
    accept_error = 0;
    return -1;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static const char *const loopback[] = {"127.0.0.1"};

/* One acceptor, and what it has reported. */
struct fixture {
    uv_loop_t loop;
    struct turns turns;
    struct client_log client_log;
    struct allow_list allowed;
    struct acceptor acceptor;
    char line[1024]; /* of the log, the last one */

    int accepted_fd; /* of the last client; -1: none */
    union address peer;
    bool local;
    int accepted_count;
    bool closes_accepted;
    int exhausted_count;
    int exhausted_error;
};

static void on_accepted(void *context, int fd, const union address *peer, bool local)
{
    struct fixture *fixture = context;

    fixture->accepted_fd = fd;
    fixture->peer = *peer;
    fixture->local = local;
    fixture->accepted_count++;
    if (fixture->closes_accepted) {
        close(fd);
        fixture->accepted_fd = -1;
    }
}

static void on_exhausted(void *context, int error)
{
    struct fixture *fixture = context;

    fixture->exhausted_count++;
    fixture->exhausted_error = error;
}

static void capture(void *context, enum tcpstore_log_level level, const char *line)
{
    struct fixture *fixture = context;

    (void)level;
    snprintf(fixture->line, sizeof(fixture->line), "%s", line);
}

static void begin(struct fixture *fixture, const char *const *networks, size_t network_count)
{
    static const struct acceptor_events events = {on_accepted, on_exhausted};
    const struct log log = {.write = capture, .context = fixture, .level = TCPSTORE_LOG_INFO};

    *fixture = (struct fixture){.accepted_fd = -1};
    assert_int_equal(allow_list_parse(networks, network_count, NULL, &fixture->allowed), 0);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    turns_init(&fixture->turns, &fixture->loop);
    client_log_init(&fixture->client_log, &fixture->loop, &log);
    acceptor_init(
        &fixture->acceptor, &fixture->loop, &fixture->turns, &fixture->client_log,
        &fixture->allowed, &events, fixture);
}

static void end(struct fixture *fixture)
{
    acceptor_close(&fixture->acceptor);
    turns_close(&fixture->turns);
    client_log_close(&fixture->client_log);
    assert_int_equal(uv_run(&fixture->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    acceptor_done(&fixture->acceptor);
    allow_list_free(&fixture->allowed);
    if (fixture->accepted_fd >= 0)
        close(fixture->accepted_fd);
}

static void begin_listening(
    struct fixture *fixture, const char *const *networks, size_t network_count)
{
    struct tcpstore_error error = {.text = ""};

    begin(fixture, networks, network_count);
    if (acceptor_listen(&fixture->acceptor, loopback, 1, 0, &error) ||
        acceptor_start(&fixture->acceptor, &error))
        fail_msg("%s", error.text);
}

static int connect_from(in_addr_t host, const struct acceptor *acceptor)
{
    const struct timeval patience = {.tv_sec = 20};
    const union address *address = &acceptor->sockets.list[0].address;
    const union address own = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(host)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, &own.any, sizeof(own.v4)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    assert_int_equal(connect(fd, &address->any, address_size(address)), 0);
    return fd;
}

static int connect_to(const struct acceptor *acceptor)
{
    return connect_from(INADDR_ANY, acceptor);
}

static void run_until_accepted(struct fixture *fixture, int count)
{
    while (fixture->accepted_count < count)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

static void run_until_exhausted(struct fixture *fixture, int count)
{
    while (fixture->exhausted_count < count)
        uv_run(&fixture->loop, UV_RUN_ONCE);
}

static void a_client_is_reported_with_its_address(void **state)
{
    struct fixture fixture;
    union address own = {0};
    socklen_t len = sizeof(own);
    int client;

    (void)state;
    begin_listening(&fixture, NULL, 0);
    client = connect_to(&fixture.acceptor);
    run_until_accepted(&fixture, 1);
    assert_int_equal(getsockname(client, &own.any, &len), 0);
    assert_int_equal(address_port(&fixture.peer), address_port(&own));
    assert_true(address_is_loopback(&fixture.peer));
    assert_true(fixture.local);
    assert_int_equal(send(client, "x", 1, 0), 1);
    assert_int_equal(fcntl(fixture.accepted_fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(fcntl(fixture.accepted_fd, F_GETFD), FD_CLOEXEC);
    close(client);
    end(&fixture);
}

/* Listens in Linux's abstract namespace, without a file. Returns the socket. */
static int listen_unix(struct sockaddr_un *ret_address, socklen_t *ret_len)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    *ret_len = sizeof(*ret_address);
    assert_int_equal(bind(fd, (struct sockaddr *)ret_address, sizeof(sa_family_t)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)ret_address, ret_len), 0);
    assert_int_equal(listen(fd, 5), 0);
    return fd;
}

static void a_client_of_a_unix_socket_is_local_and_has_its_process(void **state)
{
    static const char *const networks[] = {"10.0.0.0/8"};
    struct fixture fixture;
    struct sockaddr_un address;
    socklen_t len;
    int listening = listen_unix(&address, &len);
    int client = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    begin(&fixture, networks, 1);
    assert_int_equal(acceptor_take(&fixture.acceptor, listening, "unix:/s", NULL), 0);
    assert_int_equal(acceptor_start(&fixture.acceptor, NULL), 0);
    assert_int_equal(connect(client, (struct sockaddr *)&address, len), 0);
    run_until_accepted(&fixture, 1);
    assert_true(fixture.local);
    assert_true(address_is_unix(&fixture.peer));
    assert_int_equal(fixture.peer.unix_peer.pid, getpid());
    close(client);
    end(&fixture);
}

static void take_without_memory_leaves_the_socket_open(void **state)
{
    struct fixture fixture;
    struct sockaddr_un address;
    socklen_t len;
    int fd = listen_unix(&address, &len);

    (void)state;
    begin(&fixture, NULL, 0);
    for (size_t allocation = 1; allocation <= 2; allocation++) {
        heap_refuse(allocation);
        assert_int_equal(
            acceptor_take(&fixture.acceptor, fd, "unix:/s", NULL), TCPSTORE_ENOMEM);
        heap_refuse(0);
    }
    assert_int_not_equal(fcntl(fd, F_GETFD), -1);
    close(fd);
    end(&fixture);
}

static int socket_option(int fd, int level, int option)
{
    int value = 0;
    socklen_t len = sizeof(value);

    assert_int_equal(getsockopt(fd, level, option, &value, &len), 0);
    return value;
}

static void an_accepted_socket_sends_small_replies_at_once_and_probes_an_idle_peer(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    begin_listening(&fixture, NULL, 0);
    client = connect_to(&fixture.acceptor);
    run_until_accepted(&fixture, 1);
    assert_int_equal(socket_option(fixture.accepted_fd, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(socket_option(fixture.accepted_fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    assert_int_equal(socket_option(fixture.accepted_fd, IPPROTO_TCP, TCP_KEEPIDLE), 60);
    assert_int_equal(socket_option(fixture.accepted_fd, IPPROTO_TCP, TCP_KEEPINTVL), 1);
    assert_int_equal(socket_option(fixture.accepted_fd, IPPROTO_TCP, TCP_KEEPCNT), 10);
    close(client);
    end(&fixture);
}

static void a_client_from_another_loopback_address_is_local(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    begin_listening(&fixture, NULL, 0);
    client = connect_from(INADDR_LOOPBACK + 1, &fixture.acceptor);
    run_until_accepted(&fixture, 1);
    assert_true(fixture.local);
    close(client);
    end(&fixture);
}

static void a_client_in_an_allowed_network_is_reported(void **state)
{
    static const char *const networks[] = {"10.0.0.0/8", "127.0.0.0/8"};
    struct fixture fixture;
    int client;

    (void)state;
    begin_listening(&fixture, networks, 2);
    client = connect_to(&fixture.acceptor);
    run_until_accepted(&fixture, 1);
    close(client);
    end(&fixture);
}

static void a_client_outside_the_allowed_networks_is_closed_and_logged(void **state)
{
    static const char *const networks[] = {"10.0.0.0/8"};
    struct fixture fixture;
    char byte;
    int client;

    (void)state;
    begin_listening(&fixture, networks, 1);
    client = connect_to(&fixture.acceptor);
    while (fixture.line[0] == '\0')
        uv_run(&fixture.loop, UV_RUN_ONCE);
    assert_int_equal(receive(client, &byte, 1), 0);
    assert_int_equal(fixture.accepted_count, 0);
    assert_non_null(strstr(fixture.line, "event=client-refused client=127.0.0.1:"));
    assert_non_null(strstr(fixture.line, "not in a network that is allowed"));
    close(client);
    end(&fixture);
}

static void an_error_of_one_client_does_not_pause_accepting(void **state)
{
    static const int errors[] = {ECONNABORTED, EHOSTDOWN, EHOSTUNREACH, EINTR, ENETDOWN,
                                 ENETUNREACH,  ENONET,    ENOPROTOOPT,  EPROTO};
    struct fixture fixture;

    (void)state;
    begin_listening(&fixture, NULL, 0);
    for (int i = 0; i < (int)(sizeof(errors) / sizeof(errors[0])); i++) {
        int client = connect_to(&fixture.acceptor);

        accept_error = errors[i];
        run_until_accepted(&fixture, i + 1);
        assert_false(uv_is_active((uv_handle_t *)&fixture.acceptor.retry_timer));
        close(fixture.accepted_fd);
        fixture.accepted_fd = -1;
        close(client);
    }
    assert_string_equal(fixture.line, "");
    end(&fixture);
}

static void connect_all(struct fixture *fixture, int *clients, int count)
{
    begin_listening(fixture, NULL, 0);
    fixture->closes_accepted = true;
    for (int i = 0; i < count; i++)
        clients[i] = connect_to(&fixture->acceptor);
}

static void close_all(struct fixture *fixture, const int *clients, int count)
{
    run_until_accepted(fixture, count);
    for (int i = 0; i < count; i++)
        close(clients[i]);
    end(fixture);
}

/* A rush of new clients does not hold up the connected ones. */
static void a_rush_of_clients_is_accepted_in_several_iterations(void **state)
{
    enum { CLIENTS = 200 };
    struct fixture fixture;
    int clients[CLIENTS];

    (void)state;
    connect_all(&fixture, clients, CLIENTS);
    uv_run(&fixture.loop, UV_RUN_ONCE);
    assert_in_range(fixture.accepted_count, 1, CLIENTS / 2);
    assert_true(turns_are_short(&fixture.turns));
    close_all(&fixture, clients, CLIENTS);
}

/* Otherwise more might come than leave. */
static void few_clients_are_accepted_while_others_wait_for_turns(void **state)
{
    enum { CLIENTS = 20 };
    struct fixture fixture;
    int clients[CLIENTS];

    (void)state;
    connect_all(&fixture, clients, CLIENTS);
    fixture.turns.is_behind = true;
    uv_run(&fixture.loop, UV_RUN_ONCE);
    assert_in_range(fixture.accepted_count, 1, 4);
    fixture.turns.is_behind = false;
    close_all(&fixture, clients, CLIENTS);
}

static void each_lack_of_resources_is_reported_as_exhaustion(void **state)
{
    static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct fixture fixture;
        int client;

        begin_listening(&fixture, NULL, 0);
        client = connect_to(&fixture.acceptor);
        accept_error = errors[i];
        run_until_exhausted(&fixture, 1);
        assert_int_equal(fixture.exhausted_error, errors[i]);
        close(client);
        end(&fixture);
    }
}

static void a_client_without_a_descriptor_waits_until_accepting_resumes(void **state)
{
    struct fixture fixture;
    int client, calls;

    (void)state;
    begin_listening(&fixture, NULL, 0);
    client = connect_to(&fixture.acceptor);
    has_no_descriptors = true;
    run_until_exhausted(&fixture, 1);
    assert_int_equal(fixture.exhausted_error, EMFILE);
    calls = accept_calls;
    uv_run(&fixture.loop, UV_RUN_NOWAIT);
    assert_int_equal(accept_calls, calls);
    has_no_descriptors = false;
    acceptor_resume(&fixture.acceptor);
    assert_false(uv_is_active((uv_handle_t *)&fixture.acceptor.retry_timer));
    run_until_accepted(&fixture, 1);
    close(client);
    end(&fixture);
}

static void a_client_without_a_descriptor_is_accepted_by_the_retry_timer(void **state)
{
    struct fixture fixture;
    int client;

    (void)state;
    begin_listening(&fixture, NULL, 0);
    client = connect_to(&fixture.acceptor);
    has_no_descriptors = true;
    run_until_exhausted(&fixture, 1);
    has_no_descriptors = false;
    run_until_accepted(&fixture, 1);
    close(client);
    end(&fixture);
}

static void exhaustion_is_reported_once_until_a_client_is_accepted(void **state)
{
    struct fixture fixture;
    int clients[2];

    (void)state;
    begin_listening(&fixture, NULL, 0);
    clients[0] = connect_to(&fixture.acceptor);
    has_no_descriptors = true;
    run_until_exhausted(&fixture, 1);
    acceptor_resume(&fixture.acceptor);
    uv_run(&fixture.loop, UV_RUN_ONCE);
    assert_true(uv_is_active((uv_handle_t *)&fixture.acceptor.retry_timer));
    assert_int_equal(fixture.exhausted_count, 1);
    has_no_descriptors = false;
    acceptor_resume(&fixture.acceptor);
    run_until_accepted(&fixture, 1);
    close(fixture.accepted_fd);
    clients[1] = connect_to(&fixture.acceptor);
    has_no_descriptors = true;
    run_until_exhausted(&fixture, 2);
    has_no_descriptors = false;
    acceptor_resume(&fixture.acceptor);
    run_until_accepted(&fixture, 2);
    close(clients[0]);
    close(clients[1]);
    end(&fixture);
}

/* Any program that shares the socket can shut it down. */
static void a_socket_that_was_shut_down_is_logged_and_retried_later(void **state)
{
    struct fixture fixture;

    (void)state;
    begin_listening(&fixture, NULL, 0);
    assert_int_equal(shutdown(fixture.acceptor.sockets.list[0].fd, SHUT_RDWR), 0);
    while (fixture.line[0] == '\0')
        uv_run(&fixture.loop, UV_RUN_ONCE);
    assert_non_null(strstr(fixture.line, "event=accept-failed address=127.0.0.1:"));
    assert_true(uv_is_active((uv_handle_t *)&fixture.acceptor.retry_timer));
    assert_int_equal(fixture.exhausted_count, 0);
    end(&fixture);
}

static void resume_after_close_does_nothing(void **state)
{
    struct fixture fixture;

    (void)state;
    begin_listening(&fixture, NULL, 0);
    fixture.acceptor.failed = true;
    acceptor_close(&fixture.acceptor);
    turns_close(&fixture.turns);
    acceptor_resume(&fixture.acceptor);
    client_log_close(&fixture.client_log);
    assert_int_equal(uv_run(&fixture.loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&fixture.loop), 0);
    acceptor_done(&fixture.acceptor);
}

static void listen_on_a_port_in_use_is_refused(void **state)
{
    struct fixture first;
    struct fixture second;
    struct tcpstore_error error = {.text = ""};
    uint16_t port;

    (void)state;
    begin_listening(&first, NULL, 0);
    begin(&second, NULL, 0);
    port = address_port(&first.acceptor.sockets.list[0].address);
    assert_int_equal(
        acceptor_listen(&second.acceptor, loopback, 1, port, &error), TCPSTORE_EADDRINUSE);
    assert_non_null(strstr(error.text, first.acceptor.sockets.list[0].text));
    assert_int_equal(second.acceptor.sockets.count, 0);
    end(&second);
    end(&first);
}

static void listen_with_an_included_address_opens_one_socket_and_logs_it(void **state)
{
    static const char *const addresses[] = {"127.0.0.1", "0.0.0.0"};
    struct fixture fixture;

    (void)state;
    begin(&fixture, NULL, 0);
    assert_int_equal(acceptor_listen(&fixture.acceptor, addresses, 2, 0, NULL), 0);
    assert_int_equal(fixture.acceptor.sockets.count, 1);
    assert_string_equal(
        fixture.line, "event=address-included address=127.0.0.1 reason=\"the socket of 0.0.0.0 "
                      "serves it\"");
    end(&fixture);
}

static void listen_without_memory_is_refused_at_each_allocation(void **state)
{
    struct fixture fixture;
    int code = TCPSTORE_ENOMEM;
    size_t nth = 0;

    (void)state;
    while (code) {
        begin(&fixture, NULL, 0);
        heap_refuse(++nth);
        code = acceptor_listen(&fixture.acceptor, loopback, 1, 0, NULL);
        assert_int_equal(code, heap_has_refused() ? TCPSTORE_ENOMEM : 0);
        heap_refuse(0);
        end(&fixture);
    }
    assert_int_equal(nth, 4); /* polls, addresses, sockets */
}

static void adopt_without_memory_leaves_the_socket_unchanged(void **state)
{
    union address address;

    (void)state;
    assert_true(address_parse("127.0.0.1", 0, &address));
    for (size_t nth = 1; nth <= 2; nth++) {
        struct fixture fixture;
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        int listening;
        socklen_t len = sizeof(listening);

        assert_int_equal(bind(fd, &address.any, address_size(&address)), 0);
        begin(&fixture, NULL, 0);
        heap_refuse(nth);
        assert_int_equal(acceptor_adopt(&fixture.acceptor, fd, 0, NULL), TCPSTORE_ENOMEM);
        heap_refuse(0);
        end(&fixture);
        assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len), 0);
        assert_false(listening);
        assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        close(fd);
    }
}

static void close_closes_the_sockets(void **state)
{
    struct fixture fixture;
    int fd;

    (void)state;
    begin_listening(&fixture, NULL, 0);
    fd = fixture.acceptor.sockets.list[0].fd;
    end(&fixture);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_is_reported_with_its_address),
        cmocka_unit_test(
            an_accepted_socket_sends_small_replies_at_once_and_probes_an_idle_peer),
        cmocka_unit_test(a_client_from_another_loopback_address_is_local),
        cmocka_unit_test(a_client_of_a_unix_socket_is_local_and_has_its_process),
        cmocka_unit_test(take_without_memory_leaves_the_socket_open),
        cmocka_unit_test(a_client_in_an_allowed_network_is_reported),
        cmocka_unit_test(a_client_outside_the_allowed_networks_is_closed_and_logged),
        cmocka_unit_test(an_error_of_one_client_does_not_pause_accepting),
        cmocka_unit_test(a_rush_of_clients_is_accepted_in_several_iterations),
        cmocka_unit_test(few_clients_are_accepted_while_others_wait_for_turns),
        cmocka_unit_test(each_lack_of_resources_is_reported_as_exhaustion),
        cmocka_unit_test(a_client_without_a_descriptor_waits_until_accepting_resumes),
        cmocka_unit_test(a_client_without_a_descriptor_is_accepted_by_the_retry_timer),
        cmocka_unit_test(exhaustion_is_reported_once_until_a_client_is_accepted),
        cmocka_unit_test(a_socket_that_was_shut_down_is_logged_and_retried_later),
        cmocka_unit_test(resume_after_close_does_nothing),
        cmocka_unit_test(listen_on_a_port_in_use_is_refused),
        cmocka_unit_test(listen_with_an_included_address_opens_one_socket_and_logs_it),
        cmocka_unit_test(listen_without_memory_is_refused_at_each_allocation),
        cmocka_unit_test(adopt_without_memory_leaves_the_socket_unchanged),
        cmocka_unit_test(close_closes_the_sockets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
