/* The Unix socket of an embedded server. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tcpstore/client.h>
#include <tcpstore/server.h>

#include "support/store.h"

static char directory[] = "/tmp/server_unix.XXXXXX";
static char path[64];
static char host[80]; /* "unix:" and the path */

static int make_directory(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/s", directory);
    snprintf(host, sizeof(host), "unix:%s", path);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static struct tcpstore_server_options unix_options(void)
{
    struct tcpstore_server_options options = store_server_options();

    options.unix_path = path;
    return options;
}

/* Returns the code of tcpstore_client_connect; *ret_client is NULL after an error. */
static int connect_to(struct tcpstore_client **ret_client)
{
    struct tcpstore_client_options options = store_options(1);

    options.host = host;
    options.connect_timeout_ms = 0;
    return tcpstore_client_connect(&options, NULL, ret_client);
}

static void the_path_is_told_and_the_file_lives_as_long_as_the_server(void **state)
{
    struct tcpstore_server_options options = unix_options();
    struct tcpstore_server *server = store_start_with(&options);
    struct stat status;

    (void)state;
    assert_string_equal(tcpstore_server_unix_path(server), path);
    assert_int_equal(tcpstore_server_address_count(server), 1);
    assert_true(tcpstore_server_is_local(server));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode, S_IFSOCK | 0600);
    tcpstore_server_free(server);
    assert_int_equal(access(path, F_OK), -1);
    options.unix_path = NULL;
    server = store_start_with(&options);
    assert_null(tcpstore_server_unix_path(server));
    tcpstore_server_free(server);
}

static void the_file_of_a_server_that_never_runs_is_removed(void **state)
{
    const struct tcpstore_server_options options = unix_options();
    struct tcpstore_server *server;

    (void)state;
    assert_int_equal(tcpstore_server_new(&options, NULL, &server), 0);
    assert_int_equal(access(path, F_OK), 0);
    tcpstore_server_free(server);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_second_server_on_the_path_is_refused(void **state)
{
    const struct tcpstore_server_options options = unix_options();
    struct tcpstore_server *first = store_start_with(&options);
    struct tcpstore_server *second;
    struct tcpstore_client *client;
    struct tcpstore_error error;

    (void)state;
    assert_fails(
        tcpstore_server_new(&options, &error, &second), TCPSTORE_EADDRINUSE, &error, path);
    assert_null(second);
    assert_int_equal(connect_to(&client), 0);
    tcpstore_client_free(client);
    tcpstore_server_free(first);
}

static void options_check_refuses_what_cannot_be_opened(void **state)
{
    struct tcpstore_server_options options = unix_options();
    struct tcpstore_error error;

    (void)state;
    assert_int_equal(tcpstore_server_options_check(&options, NULL), 0);
    options.unix_mode = 01777;
    assert_fails(
        tcpstore_server_options_check(&options, &error), TCPSTORE_EINVAL, &error, "unix-mode");
    options = unix_options();
    options.unix_path = "";
    assert_fails(
        tcpstore_server_options_check(&options, &error), TCPSTORE_EINVAL, &error, "unix: ");
}

static void allow_lists_do_not_apply(void **state)
{
    static const char *const networks[] = {"192.0.2.0/24"};
    struct tcpstore_server_options options = unix_options();
    struct tcpstore_server *server;
    struct tcpstore_client *client;

    (void)state;
    options.allowed = networks;
    options.allowed_count = 1;
    server = store_start_with(&options);
    assert_int_equal(connect_to(&client), 0);
    tcpstore_client_free(client);
    tcpstore_server_free(server);
}

static void clients_are_guests_beyond_the_limit(void **state)
{
    struct tcpstore_server_options options = unix_options();
    struct tcpstore_client *clients[1 + TCPSTORE_GUESTS];
    struct tcpstore_client *refused;
    struct tcpstore_server *server;

    (void)state;
    options.limits.clients = 1;
    server = store_start_with(&options);
    for (size_t i = 0; i <= TCPSTORE_GUESTS; i++)
        assert_int_equal(connect_to(&clients[i]), 0);
    assert_int_equal(connect_to(&refused), TCPSTORE_ECONNECT);
    for (size_t i = 0; i <= TCPSTORE_GUESTS; i++)
        tcpstore_client_free(clients[i]);
    tcpstore_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_path_is_told_and_the_file_lives_as_long_as_the_server),
        cmocka_unit_test(the_file_of_a_server_that_never_runs_is_removed),
        cmocka_unit_test(a_second_server_on_the_path_is_refused),
        cmocka_unit_test(options_check_refuses_what_cannot_be_opened),
        cmocka_unit_test(allow_lists_do_not_apply),
        cmocka_unit_test(clients_are_guests_beyond_the_limit),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
