/* Numeric addresses: parsing, writing, and what kind of address one is. */
#include "server/address.h"

#include "support/test.h"

enum { PORT = 29500 };

static union address parse(const char *text)
{
    union address address;

    if (!address_parse(text, PORT, &address))
        fail_msg("%s: not parsed", text);
    return address;
}

static void assert_formatted(const char *input, const char *expected)
{
    union address address = parse(input);
    char text[ADDRESS_TEXT_MAX];

    assert_ptr_equal(address_format(&address, text), text);
    assert_string_equal(text, expected);
}

static void parse_of_a_numeric_address_sets_its_family_and_port(void **state)
{
    union address v4 = parse("10.0.0.7");
    union address v6 = parse("fd00::7");

    (void)state;
    assert_int_equal(v4.any.sa_family, AF_INET);
    assert_int_equal(address_size(&v4), sizeof(struct sockaddr_in));
    assert_int_equal(address_port(&v4), PORT);
    assert_int_equal(v6.any.sa_family, AF_INET6);
    assert_int_equal(address_size(&v6), sizeof(struct sockaddr_in6));
    assert_int_equal(address_port(&v6), PORT);
}

static void parse_of_other_text_fails_and_sets_nothing(void **state)
{
    static const char *const texts[] = {"",           "localhost",  "10.0.0",
                                        "10.0.0.256", "10.0.0.7:1", "[::1]",
                                        "::1::",      "fd00::/8",   "10.0.0.7%lo"};
    union address address = parse("10.0.0.7");
    const union address before = address;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (address_parse(texts[i], PORT, &address))
            fail_msg("\"%s\" was parsed", texts[i]);
        assert_memory_equal(&address, &before, sizeof(before));
    }
}

static void format_writes_brackets_around_ipv6_only(void **state)
{
    (void)state;
    assert_formatted("10.0.0.7", "10.0.0.7:29500");
    assert_formatted("fd00::7", "[fd00::7]:29500");
    assert_formatted("0:0::1", "[::1]:29500");
}

static void format_of_an_ipv4_mapped_address_is_ipv4(void **state)
{
    (void)state;
    assert_formatted("::ffff:10.0.0.7", "10.0.0.7:29500");
}

static void format_of_a_link_local_address_names_its_interface(void **state)
{
    (void)state;
    assert_formatted("fe80::1%lo", "[fe80::1%lo]:29500");
    assert_formatted("fe80::1", "[fe80::1]:29500");
    assert_formatted("fd00::1%lo", "[fd00::1]:29500");
}

static void format_of_the_longest_address_fits(void **state)
{
    union address address = parse("1111:2222:3333:4444:5555:6666:7777:8888");
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    address_set_port(&address, 65535);
    assert_string_equal(
        address_format(&address, text), "[1111:2222:3333:4444:5555:6666:7777:8888]:65535");
}

static void unmap_converts_ipv4_mapped_addresses_only(void **state)
{
    union address mapped = parse("::ffff:10.0.0.7");
    union address v4 = parse("10.0.0.7");
    union address v6 = parse("fd00::ffff:a00:7");
    const union address before = v6;

    (void)state;
    address_unmap(&mapped);
    assert_memory_equal(&mapped.v4, &v4.v4, sizeof(v4.v4));
    address_unmap(&v4);
    assert_memory_equal(&mapped.v4, &v4.v4, sizeof(v4.v4));
    address_unmap(&v6);
    assert_memory_equal(&v6, &before, sizeof(before));
}

static void host_is_four_bytes_of_ipv4_and_sixteen_of_ipv6(void **state)
{
    union address v4 = parse("10.0.0.7");
    union address mapped = parse("::ffff:10.0.0.7");
    union address v6 = parse("fd00::7");

    (void)state;
    assert_spans_equal(address_host(&v4), span_of("\x0a\0\0\x07", 4));
    assert_spans_equal(address_host(&mapped), span_of("\x0a\0\0\x07", 4));
    assert_spans_equal(address_host(&v6), span_of("\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x07", 16));
}

static void set_port_changes_the_port_of_either_family(void **state)
{
    static const char *const texts[] = {"10.0.0.7", "fd00::7"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        union address address = parse(texts[i]);

        address_set_port(&address, 65534);
        assert_int_equal(address_port(&address), 65534);
    }
}

static void only_zero_addresses_are_wildcards(void **state)
{
    static const char *const wildcards[] = {"0.0.0.0", "::"};
    static const char *const others[] = {"0.0.0.1", "::1", "127.0.0.1"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        union address address = parse(wildcards[i]);

        assert_true(address_is_wildcard(&address));
    }
    for (size_t i = 0; i < 3; i++) {
        union address address = parse(others[i]);

        assert_false(address_is_wildcard(&address));
    }
}

static void loopback_is_127_of_ipv4_and_1_of_ipv6(void **state)
{
    static const char *const loopback[] = {
        "127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"};
    static const char *const others[] = {"126.0.0.1", "128.0.0.1", "1.0.0.127",       "0.0.0.0",
                                         "::",        "::2",       "::ffff:128.0.0.1"};

    (void)state;
    for (size_t i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++) {
        union address address = parse(loopback[i]);

        if (!address_is_loopback(&address))
            fail_msg("%s: not a loopback address", loopback[i]);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        union address address = parse(others[i]);

        if (address_is_loopback(&address))
            fail_msg("%s: a loopback address", others[i]);
    }
}

static void a_unix_socket_has_a_process_and_no_host_or_port(void **state)
{
    const union address address = {.unix_peer = {.family = AF_UNIX, .pid = INT32_MAX}};
    const union address v4 = parse("127.0.0.1");
    char text[ADDRESS_TEXT_MAX];

    (void)state;
    assert_string_equal(address_format(&address, text), "unix:2147483647");
    assert_int_equal(address_port(&address), 0);
    assert_int_equal(address_host(&address).len, 0);
    assert_true(address_is_unix(&address));
    assert_false(address_is_unix(&v4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_of_a_numeric_address_sets_its_family_and_port),
        cmocka_unit_test(parse_of_other_text_fails_and_sets_nothing),
        cmocka_unit_test(format_writes_brackets_around_ipv6_only),
        cmocka_unit_test(format_of_an_ipv4_mapped_address_is_ipv4),
        cmocka_unit_test(format_of_a_link_local_address_names_its_interface),
        cmocka_unit_test(format_of_the_longest_address_fits),
        cmocka_unit_test(unmap_converts_ipv4_mapped_addresses_only),
        cmocka_unit_test(host_is_four_bytes_of_ipv4_and_sixteen_of_ipv6),
        cmocka_unit_test(set_port_changes_the_port_of_either_family),
        cmocka_unit_test(only_zero_addresses_are_wildcards),
        cmocka_unit_test(loopback_is_127_of_ipv4_and_1_of_ipv6),
        cmocka_unit_test(a_unix_socket_has_a_process_and_no_host_or_port),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
