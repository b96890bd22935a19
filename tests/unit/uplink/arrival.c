/* Who serves a client, by its first bytes, however few have come. */
#include "uplink/arrival.h"

#include <string.h>

#include "support/test.h"

static enum arrival read_text(const char *text, size_t len)
{
    return arrival_read(span_of(text, len));
}

static void a_request_of_the_protocol_is_no_http(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 'A'; byte++)
        assert_int_equal(arrival_read(span_of(&(uint8_t){(uint8_t)byte}, 1)), ARRIVAL_CLIENT);
    assert_int_equal(read_text("get /relay ", 11), ARRIVAL_CLIENT);
}

/* Until the last byte but one it is unclear, or has been decided before and stays so. */
static void assert_found(const char *text, enum arrival expected)
{
    size_t len = strlen(text);
    bool is_decided = false;

    for (size_t cut = 1; cut <= len; cut++) {
        enum arrival arrival = read_text(text, cut);

        is_decided = is_decided || arrival != ARRIVAL_UNCLEAR;
        assert_int_equal(arrival, is_decided ? expected : ARRIVAL_UNCLEAR);
    }
    assert_true(is_decided);
}

static void the_paths_of_a_relay_are_its_own(void **state)
{
    (void)state;
    assert_found("GET /relay HTTP/1.1", ARRIVAL_OWN_HTTP);
    assert_found("GET /v1/relay?x=1", ARRIVAL_OWN_HTTP);
    assert_found("HEAD /healthz ", ARRIVAL_OWN_HTTP);
    assert_found("DELETE /readyz ", ARRIVAL_OWN_HTTP);
}

static void other_paths_are_the_stores(void **state)
{
    (void)state;
    assert_found("GET / HTTP/1.1", ARRIVAL_HTTP);
    assert_found("GET /relays ", ARRIVAL_HTTP);
    assert_found("GET /relay/x", ARRIVAL_HTTP);
    assert_found("GET /v1/rel ", ARRIVAL_HTTP);
    assert_found("PUT /v1/stores/relay", ARRIVAL_HTTP);
    assert_found("GET  /relay ", ARRIVAL_HTTP);
}

static void what_is_no_request_is_the_stores_to_refuse(void **state)
{
    (void)state;
    assert_found("GET\r\n", ARRIVAL_HTTP);
    assert_found("METHODLESS", ARRIVAL_HTTP);
}

static void no_more_than_the_maximum_is_ever_unclear(void **state)
{
    static const char longest[] = "METHODEX /v1/relay";
    char letters[ARRIVAL_MAX];

    (void)state;
    assert_int_equal(read_text(longest, strlen(longest)), ARRIVAL_UNCLEAR);
    assert_true(strlen(longest) < ARRIVAL_MAX);
    memset(letters, 'A', sizeof(letters));
    assert_int_equal(read_text(letters, sizeof(letters)), ARRIVAL_HTTP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_of_the_protocol_is_no_http),
        cmocka_unit_test(the_paths_of_a_relay_are_its_own),
        cmocka_unit_test(other_paths_are_the_stores),
        cmocka_unit_test(what_is_no_request_is_the_stores_to_refuse),
        cmocka_unit_test(no_more_than_the_maximum_is_ever_unclear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
