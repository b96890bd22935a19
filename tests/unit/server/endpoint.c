/* Hosts with ports, as people write them. */
#include "server/endpoint.h"

#include <string.h>

#include "support/test.h"

static void assert_divided(const char *text, const char *host, const char *port)
{
    struct span found_host, found_port;

    assert_true(endpoint_divide(text, &found_host, &found_port));
    assert_true(span_equal(found_host, span_of(host, strlen(host))));
    assert_true(span_equal(found_port, span_of(port, strlen(port))));
}

static void a_host_and_a_port_are_divided(void **state)
{
    (void)state;
    assert_divided("head:29600", "head", "29600");
    assert_divided("10.0.0.1:1", "10.0.0.1", "1");
    assert_divided("[fd00::1]:65535", "fd00::1", "65535");
    assert_divided("[head]:1", "head", "1");
}

static void what_is_no_host_and_port_is_refused(void **state)
{
    static const char *const texts[] = {
        "",        "head",    "head:",   ":1",    "[]:1",       "::1:1",  "fd00::1", "head:",
        "head:1a", "head:-1", "head: 1", "[::1]", "head:65536", "head:0", "[::1:1",
    };
    struct span host, port;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (endpoint_divide(texts[i], &host, &port))
            fail_msg("%s", texts[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_and_a_port_are_divided),
        cmocka_unit_test(what_is_no_host_and_port_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
