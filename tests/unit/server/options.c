/* A server's options: defaults, ranges, and what follows from the limits. */
#include "server/options.h"

#include <stdio.h>

#include "support/test.h"

#define KI ((size_t)1024)
#define MI (KI * 1024)

static struct tcpstore_server_options defaults(void)
{
    struct tcpstore_server_options options;

    memset(&options, 0xff, sizeof(options));
    tcpstore_server_options_init(&options);
    return options;
}

static void assert_valid(const struct tcpstore_server_options *options)
{
    struct tcpstore_error error = {.text = ""};

    if (tcpstore_server_options_check(options, &error))
        fail_msg("%s", error.text);
}

static void assert_invalid(const struct tcpstore_server_options *options, const char *words)
{
    struct tcpstore_error error = {.text = ""};

    assert_int_equal(tcpstore_server_options_check(options, &error), TCPSTORE_EINVAL);
    assert_int_equal(error.code, TCPSTORE_EINVAL);
    if (strstr(error.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    assert_int_equal(tcpstore_server_options_check(options, NULL), TCPSTORE_EINVAL);
}

static void init_sets_the_documented_defaults(void **state)
{
    struct tcpstore_server_options options = defaults();
    const struct tcpstore_limits *limits = &options.limits;

    (void)state;
    assert_int_equal(options.address_count, 0);
    assert_int_equal(options.allowed_count, 0);
    assert_int_equal(options.port, 0);
    assert_int_equal(options.listen_fd, -1);
    assert_null(options.log);
    assert_int_equal(limits->key_bytes, 8 * KI);
    assert_int_equal(limits->value_bytes, 8 * MI);
    assert_int_equal(limits->keys_per_request, 128 * KI);
    assert_int_equal(limits->memory_bytes, 8 * KI * MI);
    assert_int_equal(limits->clients, MI);
    assert_int_equal(limits->queue_entries, MI);
    assert_int_equal(limits->validate_ms, 30000);
    assert_int_equal(limits->output_high_water, MI);
    assert_int_equal(limits->output_hard_cap, KI * MI);
    assert_int_equal(limits->record_bytes, MI);
    assert_valid(&options);
}

/* `offset` is that of a size_t among the limits; a bound of 0 or SIZE_MAX is not crossed. */
static void assert_range(const char *name, size_t offset, size_t min, size_t max)
{
    struct tcpstore_server_options options = defaults();
    size_t *limit = (size_t *)(void *)((char *)&options.limits + offset);
    char words[100];

    snprintf(words, sizeof(words), "limit %s is %zu, expected %zu to", name, min - 1, min);
    *limit = min - 1;
    assert_invalid(&options, words);
    *limit = min;
    assert_int_equal(limits_check(&options.limits, NULL), 0);
    if (max == SIZE_MAX)
        return;
    snprintf(
        words, sizeof(words), "limit %s is %zu, expected %zu to %zu", name, max + 1, min, max);
    *limit = max + 1;
    assert_invalid(&options, words);
}

#define LIMIT(name) #name, offsetof(struct tcpstore_limits, name)

static void check_of_a_limit_outside_its_range_names_both(void **state)
{
    struct tcpstore_server_options options = defaults();

    (void)state;
    assert_range(LIMIT(key_bytes), 1, UINT16_MAX);
    assert_range(LIMIT(value_bytes), 1, KI * MI);
    assert_range(LIMIT(keys_per_request), 1, UINT32_MAX);
    assert_range(LIMIT(memory_bytes), MI, SIZE_MAX);
    assert_range(LIMIT(clients), 1, SIZE_MAX);
    assert_range(LIMIT(queue_entries), 1, SIZE_MAX);
    assert_range(LIMIT(output_high_water), 1, KI * MI);
    assert_range(LIMIT(record_bytes), 64 * KI, 4 * MI);
    options.limits.validate_ms = 0;
    assert_invalid(&options, "limit validate_ms is 0, expected 1 to 4294967295");
}

static void check_of_a_hard_cap_too_low_for_a_value_says_what_it_needs(void **state)
{
    struct tcpstore_server_options options = defaults();
    struct tcpstore_limits *limits = &options.limits;

    (void)state;
    limits->output_hard_cap = 2 * MI + 8 * MI + KI;
    assert_valid(&options);
    limits->output_hard_cap--;
    assert_invalid(&options, "output_hard_cap is 10486783, expected at least");
    assert_invalid(&options, "2 * output_high_water (1048576) + value_bytes (8388608) + 1024");
}

static void check_of_where_http_is_served_refuses_that_it_is_off(void **state)
{
    struct tcpstore_server_options options = defaults();
    const char *const networks[] = {"10.0.0.0/8"};

    (void)state;
    options.http = false;
    assert_valid(&options);
    options.http_allowed = networks;
    options.http_allowed_count = 1;
    assert_invalid(&options, "http is false, but http_allowed is set");
    options.http_address = "127.0.0.1";
    assert_invalid(&options, "http is false, but http_address is set");
    options.http = true;
    assert_valid(&options);
}

static void sendable_value_leaves_room_for_the_replies_before_it(void **state)
{
    struct tcpstore_limits limits = {.output_high_water = 100, .output_hard_cap = 200 + KI + 7};

    (void)state;
    assert_int_equal(limits_sendable_value(&limits), 7);
    limits.output_hard_cap = 200 + KI;
    assert_int_equal(limits_sendable_value(&limits), 0);
    limits.output_hard_cap = 200 + KI - 1;
    assert_int_equal(limits_sendable_value(&limits), 0);
    limits.output_hard_cap = 100;
    assert_int_equal(limits_sendable_value(&limits), 0);
    limits.output_high_water = limits.output_hard_cap = SIZE_MAX;
    assert_int_equal(limits_sendable_value(&limits), 0);
}

static void memory_reserve_is_half_of_the_memory_up_to_64_mib(void **state)
{
    struct tcpstore_limits limits = {.memory_bytes = MI};

    (void)state;
    assert_int_equal(memory_reserve(limits.memory_bytes), MI / 2);
    limits.memory_bytes = 128 * MI - 2;
    assert_int_equal(memory_reserve(limits.memory_bytes), 64 * MI - 1);
    limits.memory_bytes = SIZE_MAX;
    assert_int_equal(memory_reserve(limits.memory_bytes), 64 * MI);
}

static void check_of_an_invalid_address_names_it(void **state)
{
    static const char *const addresses[] = {"127.0.0.1", "localhost"};
    struct tcpstore_server_options options = defaults();

    (void)state;
    options.addresses = addresses;
    options.address_count = 1;
    assert_valid(&options);
    options.address_count = 2;
    assert_invalid(&options, "bind localhost");
}

static void check_with_a_socket_ignores_the_addresses(void **state)
{
    static const char *const addresses[] = {"localhost"};
    struct tcpstore_server_options options = defaults();

    (void)state;
    options.addresses = addresses;
    options.address_count = 1;
    options.listen_fd = 3;
    assert_valid(&options);
}

static void check_of_an_invalid_network_names_it(void **state)
{
    static const char *const networks[] = {"10.0.0.0/8", "head"};
    struct tcpstore_server_options options = defaults();

    (void)state;
    options.allowed = networks;
    options.allowed_count = 1;
    assert_valid(&options);
    options.allowed_count = 2;
    assert_invalid(&options, "allow head");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(init_sets_the_documented_defaults),
        cmocka_unit_test(check_of_a_limit_outside_its_range_names_both),
        cmocka_unit_test(check_of_a_hard_cap_too_low_for_a_value_says_what_it_needs),
        cmocka_unit_test(check_of_where_http_is_served_refuses_that_it_is_off),
        cmocka_unit_test(sendable_value_leaves_room_for_the_replies_before_it),
        cmocka_unit_test(memory_reserve_is_half_of_the_memory_up_to_64_mib),
        cmocka_unit_test(check_of_an_invalid_address_names_it),
        cmocka_unit_test(check_with_a_socket_ignores_the_addresses),
        cmocka_unit_test(check_of_an_invalid_network_names_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
