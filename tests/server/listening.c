/* Creating a server: which options, addresses and sockets it accepts, and which clients. */
#include "support/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tcpstore/server.h>

#include "support/raw_client.h"
#include "support/store.h"

static void assert_refused(
    const struct tcpstore_server_options *options, int code, const char *word,
    const char *advice)
{
    struct tcpstore_server *server = (struct tcpstore_server *)&errno;
    struct tcpstore_error error = {.text = ""};

    assert_int_equal(tcpstore_server_new(options, &error, &server), code);
    assert_int_equal(error.code, code);
    assert_null(server);
    if (strstr(error.text, word) == NULL || strstr(error.text, advice) == NULL)
        fail_msg("\"%s\" does not say \"%s\" and \"%s\"", error.text, word, advice);
    assert_int_equal(tcpstore_server_new(options, NULL, &server), code);
}

static int bound_socket(int type, bool listening, uint16_t *ret_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, type, 0);

    assert_true(fd >= 0);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    if (listening)
        assert_int_equal(listen(fd, 5), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void new_with_a_limit_out_of_range_names_it(void **state)
{
    struct tcpstore_server_options options = store_server_options();

    (void)state;
    options.limits.key_bytes = 65536;
    assert_refused(&options, TCPSTORE_EINVAL, "key_bytes", "65535");
    options = store_server_options();
    options.limits.output_hard_cap = options.limits.output_high_water - 1;
    assert_refused(&options, TCPSTORE_EINVAL, "output_high_water", "expected");
}

static void new_with_a_hard_cap_too_low_for_a_value_is_refused(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_limits *limits = &options.limits;

    (void)state;
    limits->output_hard_cap = 2 * limits->output_high_water + limits->value_bytes + 1023;
    assert_refused(&options, TCPSTORE_EINVAL, "output_hard_cap", "value_bytes");
    limits->output_hard_cap++;
    assert_int_equal(tcpstore_server_options_check(&options, NULL), 0);
    limits->output_high_water = SIZE_MAX;
    limits->output_hard_cap = SIZE_MAX;
    assert_refused(&options, TCPSTORE_EINVAL, "output_hard_cap", "value_bytes");
}

static void new_on_an_unavailable_address_names_the_next_step(void **state)
{
    const char *const name[] = {"localhost"};
    const char *const link_local[] = {"fe80::1"};
    const char *const foreign[] = {"192.0.2.1"};
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server = store_start_with(&options);
    char address[32];

    (void)state;
    options.port = tcpstore_server_port(server);
    snprintf(address, sizeof(address), "127.0.0.1:%u", options.port);
    assert_refused(&options, TCPSTORE_EADDRINUSE, address, "another port");
    options.addresses = name;
    assert_refused(&options, TCPSTORE_EINVAL, "bind localhost", "numeric");
    options.addresses = link_local;
    assert_refused(&options, TCPSTORE_EINVAL, "bind fe80::1", "fe80::1%eth0");
    assert_int_equal(tcpstore_server_options_check(&options, NULL), TCPSTORE_EINVAL);
    options.addresses = foreign;
    assert_refused(&options, TCPSTORE_EADDRNOTAVAIL, "192.0.2.1", "this machine");
    tcpstore_server_free(server);
}

static void a_server_on_every_interface_accepts_both_families(void **state)
{
    struct tcpstore_server_options options;
    struct tcpstore_server *server;

    (void)state;
    tcpstore_server_options_init(&options);
    server = store_start_with(&options);
    assert_false(tcpstore_server_is_local(server));
    close(raw_join("127.0.0.1", tcpstore_server_port(server)));
    if (access("/proc/net/if_inet6", R_OK) == 0)
        close(raw_join("::1", tcpstore_server_port(server)));
    tcpstore_server_free(server);
}

static void an_address_that_another_includes_opens_no_socket(void **state)
{
    const char *const lists[][3] = {
        {"::", "127.0.0.1", "::1"}, {"127.0.0.1", "::", "0.0.0.0"}, {"::1", "::", "::"}};
    struct tcpstore_server_options options = store_server_options();

    (void)state;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct tcpstore_server *server;

        options.addresses = lists[i];
        options.address_count = 3;
        server = store_start_with(&options);
        assert_int_equal(tcpstore_server_address_count(server), 1);
        assert_false(tcpstore_server_is_local(server));
        close(raw_join("127.0.0.1", tcpstore_server_port(server)));
        close(raw_join("127.0.0.2", tcpstore_server_port(server)));
        if (access("/proc/net/if_inet6", R_OK) == 0)
            close(raw_join("::1", tcpstore_server_port(server)));
        tcpstore_server_free(server);
    }
}

static void port_0_gives_several_addresses_the_same_port(void **state)
{
    const char *const two[] = {"127.0.0.1", "127.0.0.2"};
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server;

    (void)state;
    options.addresses = two;
    options.address_count = 2;
    server = store_start_with(&options);
    assert_int_equal(tcpstore_server_address_count(server), 2);
    assert_non_null(strstr(tcpstore_server_address(server, 1), "127.0.0.2:"));
    assert_null(tcpstore_server_address(server, 2));
    assert_true(tcpstore_server_is_local(server));
    close(raw_join("127.0.0.1", tcpstore_server_port(server)));
    close(raw_join("127.0.0.2", tcpstore_server_port(server)));
    tcpstore_server_free(server);
}

static void a_socket_handed_over_is_served_and_then_closed(void **state)
{
    (void)state;
    for (int listening = 0; listening <= 1; listening++) {
        struct tcpstore_server_options options = store_server_options();
        struct tcpstore_server *server;
        uint16_t port;

        options.listen_fd = bound_socket(SOCK_STREAM, listening, &port);
        options.port = port;
        server = store_start_with(&options);
        assert_int_equal(tcpstore_server_port(server), port);
        close(raw_join("127.0.0.1", port));
        tcpstore_server_free(server);
        assert_int_equal(fcntl(options.listen_fd, F_GETFD), -1);
    }
}

static void a_socket_handed_over_is_limited_in_its_unsent_bytes(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *server;
    int unsent = 0;
    socklen_t len = sizeof(unsent);

    (void)state;
    options.listen_fd = bound_socket(SOCK_STREAM, true, &options.port);
    server = store_start_with(&options);
    assert_int_equal(
        getsockopt(options.listen_fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, &len), 0);
    assert_int_equal(unsent, 512 << 10);
    tcpstore_server_free(server);
}

static void a_socket_that_does_not_fit_is_refused_and_unchanged(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    uint16_t port, other;
    int pipes[2];
    int fd = bound_socket(SOCK_STREAM, false, &port);
    int udp = bound_socket(SOCK_DGRAM, false, &other);
    int listening;
    socklen_t len = sizeof(listening);

    (void)state;
    options.listen_fd = fd;
    options.port = port == 1 ? 2 : 1;
    assert_refused(&options, TCPSTORE_EPORTMISMATCH, "expected port", "bound to port");
    assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len), 0);
    assert_false(listening);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    options.listen_fd = udp;
    assert_refused(&options, TCPSTORE_EINVAL, "not a TCP socket", "bound");
    assert_int_equal(pipe(pipes), 0);
    options.listen_fd = pipes[0];
    assert_refused(&options, TCPSTORE_EINVAL, "not a TCP socket", "bound");
    close(pipes[0]);
    assert_refused(&options, TCPSTORE_EINVAL, "not a TCP socket", "bound");
    close(pipes[1]);
    close(udp);
    close(fd);
}

static void new_with_an_invalid_network_is_refused(void **state)
{
    static const char *const networks[] = {"10.0.0.0/8", "head", "10.0.0.7/8"};
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_error error;

    (void)state;
    options.allowed = networks;
    options.allowed_count = 2;
    assert_refused(&options, TCPSTORE_EINVAL, "allow head", "such as 10.0.0.0/8");
    assert_int_equal(tcpstore_server_options_check(&options, &error), TCPSTORE_EINVAL);
    options.allowed = &networks[2];
    options.allowed_count = 1;
    assert_refused(&options, TCPSTORE_EINVAL, "allow 10.0.0.7/8", "longer prefix");
    options.allowed = networks;
    assert_int_equal(tcpstore_server_options_check(&options, &error), 0);
}

static void a_client_outside_the_allowed_networks_is_disconnected(void **state)
{
    static const char *const networks[] = {"10.0.0.0/8", "127.0.0.0/8"};
    struct tcpstore_server_options options = store_server_options();
    struct tcpstore_server *narrow, *wide;
    int outsider;

    (void)state;
    options.allowed = networks;
    options.allowed_count = 1;
    narrow = store_start_with(&options);
    options.allowed_count = 2;
    wide = store_start_with(&options);
    outsider = raw_connect("127.0.0.1", tcpstore_server_port(narrow));
    raw_assert_closed(outsider);
    close(outsider);
    close(raw_join("127.0.0.1", tcpstore_server_port(wide)));
    tcpstore_server_free(narrow);
    tcpstore_server_free(wide);
}

/* libuv aborts if it cannot open the descriptors that a loop needs. */
static void new_without_descriptors_names_the_next_step(void **state)
{
    struct tcpstore_server_options options = store_server_options();
    struct rlimit before, few;
    int lowest = dup(STDERR_FILENO);

    (void)state;
    assert_true(lowest >= 0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    for (int more = 0; more < 10; more++) {
        few.rlim_cur = (rlim_t)lowest + (rlim_t)more;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
        assert_refused(&options, TCPSTORE_ESYSTEM, "needs 12 files", "ulimit -n");
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_with_a_limit_out_of_range_names_it),
        cmocka_unit_test(new_with_a_hard_cap_too_low_for_a_value_is_refused),
        cmocka_unit_test(new_on_an_unavailable_address_names_the_next_step),
        cmocka_unit_test(a_server_on_every_interface_accepts_both_families),
        cmocka_unit_test(an_address_that_another_includes_opens_no_socket),
        cmocka_unit_test(port_0_gives_several_addresses_the_same_port),
        cmocka_unit_test(a_socket_handed_over_is_served_and_then_closed),
        cmocka_unit_test(a_socket_handed_over_is_limited_in_its_unsent_bytes),
        cmocka_unit_test(a_socket_that_does_not_fit_is_refused_and_unchanged),
        cmocka_unit_test(new_with_an_invalid_network_is_refused),
        cmocka_unit_test(a_client_outside_the_allowed_networks_is_disconnected),
        cmocka_unit_test(new_without_descriptors_names_the_next_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
