/* Clients on the Unix socket of a server, and without one. */
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/session.h"
#include "support/store.h"

static struct tcpstore_error error;

static char directory[] = "/tmp/client_unix.XXXXXX";
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

static struct tcpstore_server *start(void)
{
    struct tcpstore_server_options options = store_server_options();

    options.unix_path = path;
    return store_start_with(&options);
}

static struct tcpstore_client_options options_for(const char *server)
{
    struct tcpstore_client_options options = store_options(1);

    options.host = server;
    return options;
}

static void assert_no_connection(
    const struct tcpstore_client_options *options, int code, const char *words)
{
    struct tcpstore_client *client;

    assert_fails(tcpstore_client_connect(options, &error, &client), code, &error, words);
    assert_null(client);
}

static void a_client_and_its_clone_use_the_unix_socket(void **state)
{
    struct tcpstore_server *server = start();
    const struct tcpstore_client_options options = options_for(host);
    struct tcpstore_client *client, *clone;
    struct tcpstore_value value;

    (void)state;
    assert_int_equal(tcpstore_client_connect(&options, &error, &client), 0);
    assert_string_equal(tcpstore_client_server(client), host);
    assert_int_equal(
        tcpstore_set(client, tcpstore_text("key"), tcpstore_text("value"), &error), 0);
    assert_int_equal(tcpstore_client_clone(client, &error, &clone), 0);
    assert_int_equal(
        tcpstore_get(clone, tcpstore_text("key"), TCPSTORE_TIMEOUT, &error, &value), 0);
    assert_string_equal(value.bytes, "value");
    tcpstore_value_free(&value);
    tcpstore_client_free(clone);
    tcpstore_client_free(client);
    tcpstore_server_free(server);
}

static void reconnect_finds_a_server_that_has_been_started_again(void **state)
{
    struct tcpstore_server *server = start();
    const struct tcpstore_client_options options = options_for(host);
    struct tcpstore_client *client;

    (void)state;
    assert_int_equal(tcpstore_client_connect(&options, &error, &client), 0);
    tcpstore_server_free(server);
    assert_fails(tcpstore_ping(client, &error), TCPSTORE_ELOST, &error, host);
    server = start();
    assert_int_equal(tcpstore_client_reconnect(client, &error), 0);
    assert_int_equal(tcpstore_ping(client, &error), 0);
    tcpstore_client_free(client);
    tcpstore_server_free(server);
}

static void without_a_server_the_error_names_the_path(void **state)
{
    struct tcpstore_client_options options = options_for(host);

    (void)state;
    options.connect_timeout_ms = 0;
    assert_no_connection(&options, TCPSTORE_ECONNECT, "connect to unix:/tmp/|No such file");
    assert_no_connection(&options, TCPSTORE_ECONNECT, "1 address tried|and on that path?");
}

static void a_full_queue_is_named(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct tcpstore_client_options options = options_for(host);
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    int first = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listening, 0), 0);
    assert_int_equal(connect(first, (struct sockaddr *)&address, sizeof(address)), 0);
    options.connect_timeout_ms = 0;
    assert_no_connection(&options, TCPSTORE_ECONNECT, "queue of new clients is full");
    close(first);
    close(listening);
    assert_int_equal(unlink(path), 0);
}

static void a_path_that_an_address_cannot_hold_is_refused(void **state)
{
    char longest[sizeof("unix:") + sizeof(((struct sockaddr_un *)0)->sun_path)] = "unix:";
    struct tcpstore_client_options options = options_for(longest);

    (void)state;
    options.connect_timeout_ms = 0;
    assert_no_connection(&options, TCPSTORE_EINVAL, "has 1 to 107 bytes, got 0");
    memset(longest + strlen("unix:"), 'x', sizeof(longest) - sizeof("unix:"));
    assert_no_connection(&options, TCPSTORE_EINVAL, "host unix:xxx|1 to 107 bytes, got 108");
    longest[sizeof(longest) - 2] = '\0';
    assert_no_connection(&options, TCPSTORE_ECONNECT, "No such file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_client_and_its_clone_use_the_unix_socket),
        cmocka_unit_test(reconnect_finds_a_server_that_has_been_started_again),
        cmocka_unit_test(without_a_server_the_error_names_the_path),
        cmocka_unit_test(a_full_queue_is_named),
        cmocka_unit_test(a_path_that_an_address_cannot_hold_is_refused),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
