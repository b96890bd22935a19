/* Networks in CIDR notation, and which hosts a list of them permits. */
#include "server/allow_list.h"

#include <stdio.h>

#include "support/heap.h"
#include "support/test.h"

static struct allow_list parse_list(const char *const *texts, size_t count)
{
    struct tcpstore_error error = {.text = ""};
    struct allow_list list;

    if (allow_list_parse(texts, count, &error, &list))
        fail_msg("%s", error.text);
    return list;
}

static bool permits(const struct allow_list *list, const char *host)
{
    union address peer;

    assert_true(address_parse(host, 29500, &peer));
    return allow_list_permits(list, &peer);
}

/* `hosts` are separated by spaces. */
static void assert_hosts(const char *network, const char *hosts, bool expected)
{
    struct allow_list list = parse_list(&network, 1);
    char words[256];
    char *rest = NULL;

    snprintf(words, sizeof(words), "%s", hosts);
    for (char *host = strtok_r(words, " ", &rest); host != NULL;
         host = strtok_r(NULL, " ", &rest)) {
        if (permits(&list, host) != expected)
            fail_msg("%s %s %s", network, expected ? "does not permit" : "permits", host);
    }
    allow_list_free(&list);
}

static void assert_network(const char *network, const char *inside, const char *outside)
{
    assert_hosts(network, inside, true);
    assert_hosts(network, outside, false);
}

static void a_prefix_of_whole_bytes_permits_its_hosts_only(void **state)
{
    (void)state;
    assert_network("10.0.0.0/8", "10.0.0.0 10.255.255.255", "9.255.255.255 11.0.0.0");
    assert_network("192.168.7.0/24", "192.168.7.1", "192.168.6.255 192.168.8.0");
    assert_network("fd00::/8", "fd00:: fdff::1", "fc00::1 fe00::1");
}

static void a_prefix_that_ends_within_a_byte_permits_its_hosts_only(void **state)
{
    (void)state;
    assert_network("10.0.0.0/7", "10.0.0.1 11.255.255.255", "9.255.255.255 12.0.0.0");
    assert_network("10.0.0.6/31", "10.0.0.6 10.0.0.7", "10.0.0.5 10.0.0.8");
    assert_network("fd00::8/125", "fd00::8 fd00::f", "fd00::7 fd00::10");
}

static void a_single_address_permits_that_host_only(void **state)
{
    (void)state;
    assert_network("10.0.0.7", "10.0.0.7", "10.0.0.6 ::a00:7");
    assert_network("10.0.0.7/32", "10.0.0.7", "10.0.0.6");
    assert_network("fd00::7", "fd00::7", "fd00::6 10.0.0.7");
}

static void a_prefix_of_no_bits_permits_its_whole_family_only(void **state)
{
    (void)state;
    assert_network("0.0.0.0/0", "0.0.0.0 255.255.255.255 ::ffff:1.2.3.4", "::1");
    assert_network("::/0", "::1 ffff::", "1.2.3.4 ::ffff:1.2.3.4");
}

static void an_ipv4_mapped_network_or_peer_is_an_ipv4_one(void **state)
{
    (void)state;
    assert_network("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.0.0.0");
    assert_network("::ffff:10.0.0.0/104", "10.1.2.3 ::ffff:10.1.2.3", "11.0.0.0");
    assert_network("::ffff:10.0.0.7", "10.0.0.7", "10.0.0.6");
}

static void a_list_permits_the_hosts_of_each_network(void **state)
{
    static const char *const texts[] = {"10.0.0.0/8", "fd00::/8", "127.0.0.1"};
    struct allow_list list = parse_list(texts, 3);

    (void)state;
    assert_true(permits(&list, "10.1.2.3"));
    assert_true(permits(&list, "fd00::1"));
    assert_true(permits(&list, "127.0.0.1"));
    assert_false(permits(&list, "127.0.0.2"));
    allow_list_free(&list);
}

static void an_empty_list_permits_every_host(void **state)
{
    struct allow_list list = parse_list(NULL, 0);

    (void)state;
    assert_true(permits(&list, "10.1.2.3"));
    assert_true(permits(&list, "fd00::1"));
    allow_list_free(&list);
}

static void assert_invalid(const char *text, const char *words)
{
    const char *const texts[] = {"10.0.0.0/8", text};
    struct tcpstore_error error = {.text = ""};
    struct allow_list list;

    assert_int_equal(allow_list_parse(texts, 2, &error, &list), TCPSTORE_EINVAL);
    assert_int_equal(error.code, TCPSTORE_EINVAL);
    if (strstr(error.text, text) == NULL || strstr(error.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\" and \"%s\"", error.text, text, words);
}

static void text_that_is_not_a_network_is_invalid(void **state)
{
    static const char *const texts[] = {
        "",
        "/8",
        "head",
        "head/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/8x",
        "10.0.0.0/0008",
        "10.0.0.0/8/8",
        "10.0.0.0 /8",
        "fd00::/129",
        "fe80::%lo/64",
        "[fd00::]/8",
        "1111:2222:3333:4444:5555:6666:7777:8888:1111:2222:3333:4444:5555:6666/8",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_invalid(texts[i], "such as 10.0.0.0/8");
}

static void a_prefix_wider_than_all_mapped_addresses_is_invalid(void **state)
{
    (void)state;
    assert_hosts("::ffff:0.0.0.0/96", "1.2.3.4", true);
    assert_invalid("::ffff:0.0.0.0/95", "not a network");
}

static void bits_set_after_the_prefix_are_invalid(void **state)
{
    (void)state;
    assert_invalid("10.0.0.7/8", "after its first 8");
    assert_invalid("10.0.0.1/31", "after its first 31");
    assert_invalid("fd00::1/8", "after its first 8");
    assert_invalid("::ffff:10.0.0.7/104", "after its first 8");
}

static void a_list_without_memory_is_refused(void **state)
{
    static const char *const texts[] = {"10.0.0.0/8"};
    struct tcpstore_error error = {.text = ""};
    struct allow_list list;

    (void)state;
    heap_refuse(1);
    assert_int_equal(allow_list_parse(texts, 1, &error, &list), TCPSTORE_ENOMEM);
    heap_refuse(0);
    assert_int_equal(error.code, TCPSTORE_ENOMEM);
}

static void a_client_of_a_unix_socket_is_permitted_by_every_list(void **state)
{
    static const char *const networks[] = {"10.0.0.0/8"};
    const union address peer = {.unix_peer = {.family = AF_UNIX}};
    struct allow_list list = parse_list(networks, 1);

    (void)state;
    assert_true(allow_list_permits(&list, &peer));
    allow_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_of_whole_bytes_permits_its_hosts_only),
        cmocka_unit_test(a_prefix_that_ends_within_a_byte_permits_its_hosts_only),
        cmocka_unit_test(a_single_address_permits_that_host_only),
        cmocka_unit_test(a_prefix_of_no_bits_permits_its_whole_family_only),
        cmocka_unit_test(an_ipv4_mapped_network_or_peer_is_an_ipv4_one),
        cmocka_unit_test(a_list_permits_the_hosts_of_each_network),
        cmocka_unit_test(an_empty_list_permits_every_host),
        cmocka_unit_test(text_that_is_not_a_network_is_invalid),
        cmocka_unit_test(a_prefix_wider_than_all_mapped_addresses_is_invalid),
        cmocka_unit_test(bits_set_after_the_prefix_are_invalid),
        cmocka_unit_test(a_list_without_memory_is_refused),
        cmocka_unit_test(a_client_of_a_unix_socket_is_permitted_by_every_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
