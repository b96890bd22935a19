/* Which addresses are valid, and which of a list need their own socket. */
#include "support/test.h"

#include <stdio.h>

#include "server/listen_plan.h"

enum { LIST_MAX = 8, PORT = 29500, TEXT_SIZE = 256 };

/* Returns how many words of `list` were parsed. */
static size_t parse_list(const char *list, union address addresses[LIST_MAX])
{
    char words[TEXT_SIZE];
    char *rest = NULL;
    size_t count = 0;

    snprintf(words, sizeof(words), "%s", list);
    for (char *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        assert_int_equal(listen_plan_parse(word, PORT, NULL, &addresses[count]), 0);
        count++;
    }
    return count;
}

static void assert_sockets(const char *list, const char *expected)
{
    union address addresses[LIST_MAX];
    size_t count = parse_list(list, addresses);
    char sockets[TEXT_SIZE] = "";
    char text[ADDRESS_TEXT_MAX];

    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(sockets);
        size_t serving = listen_plan_socket_for(addresses, count, i);

        assert_int_equal(listen_plan_socket_for(addresses, count, serving), serving);
        if (serving == i)
            snprintf(
                sockets + len, sizeof(sockets) - len, "%s%s", len > 0 ? " " : "",
                address_format(&addresses[i], text));
    }
    assert_string_equal(sockets, expected);
}

static void different_addresses_need_a_socket_each(void **state)
{
    (void)state;
    assert_sockets("127.0.0.1", "127.0.0.1:29500");
    assert_sockets("127.0.0.1 127.0.0.2", "127.0.0.1:29500 127.0.0.2:29500");
    assert_sockets("::1 127.0.0.1", "[::1]:29500 127.0.0.1:29500");
}

static void a_repeated_address_needs_one_socket(void **state)
{
    (void)state;
    assert_sockets("127.0.0.1 127.0.0.1", "127.0.0.1:29500");
    assert_sockets("::1 127.0.0.1 ::1 0:0::1", "[::1]:29500 127.0.0.1:29500");
    assert_sockets(":: ::", "[::]:29500");
    assert_sockets("::1 ::1%lo", "[::1]:29500");
}

static void an_ipv4_mapped_address_equals_the_ipv4_address(void **state)
{
    (void)state;
    assert_sockets("::ffff:127.0.0.1", "127.0.0.1:29500");
    assert_sockets("::ffff:127.0.0.1 127.0.0.1", "127.0.0.1:29500");
    assert_sockets("::ffff:0.0.0.0 127.0.0.1", "0.0.0.0:29500");
}

static void the_ipv6_wildcard_serves_all_addresses(void **state)
{
    (void)state;
    assert_sockets(":: 127.0.0.1", "[::]:29500");
    assert_sockets("127.0.0.1 ::", "[::]:29500");
    assert_sockets("::1 0.0.0.0 127.0.0.1 ::", "[::]:29500");
}

static void the_ipv4_wildcard_serves_ipv4_addresses_only(void **state)
{
    (void)state;
    assert_sockets("0.0.0.0 127.0.0.1 ::1", "0.0.0.0:29500 [::1]:29500");
    assert_sockets("::1 127.0.0.1 0.0.0.0", "[::1]:29500 0.0.0.0:29500");
}

static void an_address_without_a_socket_names_the_widest_one(void **state)
{
    union address addresses[LIST_MAX];
    size_t count = parse_list("127.0.0.1 0.0.0.0 :: ::", addresses);

    (void)state;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(listen_plan_socket_for(addresses, count, i), 2);
}

static void parsing_a_link_local_address_keeps_its_interface(void **state)
{
    (void)state;
    assert_sockets("fe80::1%lo fe80::1%lo", "[fe80::1%lo]:29500");
    assert_sockets("fe80::1%lo ::", "[::]:29500");
}

static void assert_refused(const char *text, const char *words)
{
    struct tcpstore_error error = {.text = ""};
    union address address;

    assert_int_equal(listen_plan_parse(text, PORT, &error, &address), TCPSTORE_EINVAL);
    assert_int_equal(error.code, TCPSTORE_EINVAL);
    if (strstr(error.text, text) == NULL || strstr(error.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\" and \"%s\"", error.text, text, words);
}

static void text_that_is_not_an_address_is_refused(void **state)
{
    (void)state;
    assert_refused("", "not a numeric address");
    assert_refused("localhost", "names are not looked up");
    assert_refused("127.0.0.1:29500", "not a numeric address");
    assert_refused("127.0.0", "not a numeric address");
    assert_refused("[::1]", "not a numeric address");
    assert_refused("127.0.0.1%lo", "not a numeric address");
}

static void a_link_local_address_without_an_interface_is_refused(void **state)
{
    (void)state;
    assert_refused("fe80::1", "needs its interface, as in fe80::1%eth0");
    assert_refused("fe80::1%nowhere", "no interface named 'nowhere'");
    assert_refused("::1%nowhere", "no interface named 'nowhere'");
}

static void multicast_and_broadcast_addresses_are_refused(void **state)
{
    (void)state;
    assert_refused("224.0.0.1", "multicast");
    assert_refused("239.255.255.255", "multicast");
    assert_refused("255.255.255.255", "broadcast");
    assert_refused("ff02::1%lo", "multicast");
    assert_refused("ff0e::1", "multicast");
    assert_refused("::ffff:224.0.0.1", "multicast");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_addresses_need_a_socket_each),
        cmocka_unit_test(a_repeated_address_needs_one_socket),
        cmocka_unit_test(an_ipv4_mapped_address_equals_the_ipv4_address),
        cmocka_unit_test(the_ipv6_wildcard_serves_all_addresses),
        cmocka_unit_test(the_ipv4_wildcard_serves_ipv4_addresses_only),
        cmocka_unit_test(an_address_without_a_socket_names_the_widest_one),
        cmocka_unit_test(parsing_a_link_local_address_keeps_its_interface),
        cmocka_unit_test(text_that_is_not_an_address_is_refused),
        cmocka_unit_test(a_link_local_address_without_an_interface_is_refused),
        cmocka_unit_test(multicast_and_broadcast_addresses_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
