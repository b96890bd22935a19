/* A machine without IPv6: socket() fails for that family. */
#include "support/test.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include <tcpstore/server.h>

enum { LINES_SIZE = 1024 };

/* The linker's names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */
int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);

int __wrap_socket(int domain, int type, int protocol)
{
    if (domain != AF_INET6)
        return __real_socket(domain, type, protocol);
    errno = EAFNOSUPPORT;
    return -1;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */

static void remember(void *context, enum tcpstore_log_level level, const char *line)
{
    char *lines = context;
    size_t len = strlen(lines);

    (void)level;
    snprintf(lines + len, LINES_SIZE - len, "%s\n", line);
}

static void assert_serves_every_ipv4_interface(const char *const *addresses, size_t count)
{
    struct tcpstore_server_options options;
    struct tcpstore_server *server;
    struct tcpstore_error error;
    char lines[LINES_SIZE] = "";

    tcpstore_server_options_init(&options);
    options.addresses = addresses;
    options.address_count = count;
    options.log = remember;
    options.log_context = lines;
    if (tcpstore_server_new(&options, &error, &server))
        fail_msg("%s", error.text);
    assert_int_equal(tcpstore_server_address_count(server), 1);
    assert_ptr_equal(
        strstr(tcpstore_server_address(server, 0), "0.0.0.0:"),
        tcpstore_server_address(server, 0));
    assert_non_null(strstr(lines, "event=no-ipv6"));
    tcpstore_server_free(server);
}

static void every_interface_falls_back_to_ipv4(void **state)
{
    const char *const list[] = {"127.0.0.1", "::", "::1"};

    (void)state;
    assert_serves_every_ipv4_interface(NULL, 0);
    assert_serves_every_ipv4_interface(&list[1], 1);
    assert_serves_every_ipv4_interface(list, 3);
}

static void new_on_an_ipv6_address_names_the_next_step(void **state)
{
    const char *const list[] = {"127.0.0.1", "::1"};
    struct tcpstore_server_options options;
    struct tcpstore_server *server;
    struct tcpstore_error error;

    (void)state;
    tcpstore_server_options_init(&options);
    options.addresses = list;
    options.address_count = 2;
    assert_int_equal(tcpstore_server_new(&options, &error, &server), TCPSTORE_ESYSTEM);
    assert_non_null(strstr(error.text, "[::1]"));
    assert_non_null(strstr(error.text, "no IPv6; leave the address out"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_interface_falls_back_to_ipv4),
        cmocka_unit_test(new_on_an_ipv6_address_names_the_next_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
