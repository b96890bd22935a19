/* Forms of a server's address that are accepted and refused. */
#include "support/test.h"

#include "common/endpoint.h"

static void every_documented_form_is_parsed(void **state)
{
    static const struct {
        const char *text;
        const char *host;
        int port;
    } cases[] = {
        {"head", "head", 0},
        {"head:29500", "head", 29500},
        {"head.cluster.example:1", "head.cluster.example", 1},
        {"10.0.0.7", "10.0.0.7", 0},
        {"10.0.0.7:65535", "10.0.0.7", 65535},
        {"::1", "::1", 0},
        {"::ffff:10.0.0.7", "::ffff:10.0.0.7", 0},
        {"fe80::1%eth0", "fe80::1%eth0", 0},
        {"[::1]", "::1", 0},
        {"[::1]:29500", "::1", 29500},
        {"[fe80::1%eth0]:7", "fe80::1%eth0", 7},
        {"tcp://head", "head", 0},
        {"tcp://head:29500", "head", 29500},
        {"tcp://[::1]:29500", "::1", 29500},
        {"unix:/run/store:1.sock", "unix:/run/store:1.sock", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct endpoint endpoint;

        if (endpoint_parse(cases[i].text, &endpoint))
            fail_msg("%s is refused", cases[i].text);
        assert_string_equal(endpoint.host, cases[i].host);
        assert_int_equal(endpoint.port, cases[i].port);
    }
}

static void other_forms_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        ":",
        ":29500",
        "head:",
        "head:0",
        "head:65536",
        "head:+1",
        "head: 1",
        "head:1x",
        "head:port",
        "head:1:2",
        "http://head",
        "http://head:80",
        "tcp://",
        "tcp://:1",
        "tcp://head:",
        "tcp://head:1/",
        "[]",
        "[]:1",
        "[::1",
        "[::1]1",
        "[::1]:",
        "[::1]:0",
        "[head]:1",
        "::1:29500:x",
    };
    char too_long[ENDPOINT_HOST_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct endpoint endpoint;

        if (endpoint_parse(texts[i], &endpoint) == 0)
            fail_msg("%s is accepted", texts[i]);
    }
    memset(too_long, 'h', sizeof(too_long));
    too_long[ENDPOINT_HOST_SIZE] = '\0';
    for (int i = 0; i < 2; i++) {
        struct endpoint endpoint;

        assert_int_equal(endpoint_parse(&too_long[i], &endpoint), i == 0 ? -1 : 0);
    }
}

static void a_unix_socket_is_told_from_a_host(void **state)
{
    struct endpoint unix_socket, host;
    char text[ENDPOINT_TEXT_SIZE];

    (void)state;
    assert_int_equal(endpoint_parse("unix:/run/store.sock", &unix_socket), 0);
    assert_string_equal(endpoint_unix_path(&unix_socket), "/run/store.sock");
    assert_string_equal(endpoint_describe(&unix_socket, text), "unix:/run/store.sock");
    assert_int_equal(endpoint_parse("head:29500", &host), 0);
    assert_null(endpoint_unix_path(&host));
    assert_string_equal(endpoint_describe(&host, text), "head, port 29500");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_documented_form_is_parsed),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(a_unix_socket_is_told_from_a_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
