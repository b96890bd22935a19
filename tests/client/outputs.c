/* Every function with outputs leaves them NULL or zero when it fails, so that its caller can
 * free them all the same. tests/headers/outputs.py sees that no function is missing here. */
#include "support/test.h"

#include "support/heap.h"
#include "support/store.h"

/* A client whose server has gone, and an output of each kind that holds something. */
struct ruins {
    struct tcpstore_client *client;
    struct tcpstore_span key;
    struct tcpstore_error error;

    struct tcpstore_value value;
    struct tcpstore_value *values;
    size_t count;
    int64_t number;
    bool flag;
};

static int set_up(void **state)
{
    static struct ruins ruins;
    struct tcpstore_server *server = store_start();
    struct tcpstore_client_options options = store_options(tcpstore_server_port(server));

    options.connect_timeout_ms = 0;
    assert_int_equal(tcpstore_client_connect(&options, NULL, &ruins.client), 0);
    tcpstore_server_free(server);
    assert_int_equal(tcpstore_ping(ruins.client, NULL), TCPSTORE_ELOST);
    ruins.key = tcpstore_text("k");
    ruins.value = (struct tcpstore_value){.bytes = &ruins, .size = sizeof(ruins)};
    ruins.values = &ruins.value;
    ruins.count = 1;
    ruins.number = 1;
    ruins.flag = true;
    *state = &ruins;
    return 0;
}

static int tear_down(void **state)
{
    struct ruins *ruins = *state;

    tcpstore_client_free(ruins->client);
    return 0;
}

static void assert_no_value(const struct ruins *ruins, int code)
{
    assert_int_equal(code, TCPSTORE_ELOST);
    assert_null(ruins->value.bytes);
    assert_int_equal(ruins->value.size, 0);
}

static void assert_no_values(const struct ruins *ruins, int code)
{
    assert_int_equal(code, TCPSTORE_ELOST);
    assert_null(ruins->values);
}

static void assert_no_number(const struct ruins *ruins, int code)
{
    assert_int_equal(code, TCPSTORE_ELOST);
    assert_int_equal(ruins->number, 0);
}

static void assert_not(const struct ruins *ruins, int code)
{
    assert_int_equal(code, TCPSTORE_ELOST);
    assert_false(ruins->flag);
}

static void connect_fails_with_null(void **state)
{
    const struct tcpstore_client_options options = store_options(0);
    struct ruins *ruins = *state;
    struct tcpstore_client *client = ruins->client;

    assert_int_equal(tcpstore_client_connect(&options, NULL, &client), TCPSTORE_EINVAL);
    assert_null(client);
}

static void clone_fails_with_null(void **state)
{
    struct ruins *ruins = *state;
    struct tcpstore_client *clone = ruins->client;

    assert_int_equal(tcpstore_client_clone(ruins->client, NULL, &clone), TCPSTORE_ECONNECT);
    assert_null(clone);
}

static void prefix_fails_with_null(void **state)
{
    struct ruins *ruins = *state;
    struct tcpstore_client *job = ruins->client;

    heap_refuse(1);
    assert_int_equal(tcpstore_client_prefix(ruins->client, "job", NULL, &job), TCPSTORE_ENOMEM);
    assert_null(job);
}

static void compare_set_fails_with_no_value(void **state)
{
    struct ruins *ruins = *state;

    assert_no_value(
        ruins, tcpstore_compare_set(
                   ruins->client, ruins->key, ruins->key, ruins->key, NULL, &ruins->value));
}

static void get_fails_with_no_value(void **state)
{
    struct ruins *ruins = *state;

    assert_no_value(ruins, tcpstore_get(ruins->client, ruins->key, 0, NULL, &ruins->value));
}

static void get_now_fails_with_no_value(void **state)
{
    struct ruins *ruins = *state;

    assert_no_value(ruins, tcpstore_get_now(ruins->client, ruins->key, NULL, &ruins->value));
}

static void queue_pop_fails_with_no_value(void **state)
{
    struct ruins *ruins = *state;

    assert_no_value(
        ruins, tcpstore_queue_pop(ruins->client, ruins->key, 0, NULL, &ruins->value));
}

static void queue_pop_now_fails_with_no_value(void **state)
{
    struct ruins *ruins = *state;

    assert_no_value(
        ruins, tcpstore_queue_pop_now(ruins->client, ruins->key, NULL, &ruins->value));
}

static void multi_get_fails_with_no_values(void **state)
{
    struct ruins *ruins = *state;

    assert_no_values(
        ruins, tcpstore_multi_get(ruins->client, &ruins->key, 1, 0, NULL, &ruins->values));
}

static void list_keys_fails_with_no_keys(void **state)
{
    struct ruins *ruins = *state;

    assert_no_values(
        ruins, tcpstore_list_keys(ruins->client, NULL, &ruins->values, &ruins->count));
    assert_int_equal(ruins->count, 0);
}

static void add_fails_with_zero(void **state)
{
    struct ruins *ruins = *state;

    assert_no_number(ruins, tcpstore_add(ruins->client, ruins->key, 1, NULL, &ruins->number));
}

static void num_keys_fails_with_zero(void **state)
{
    struct ruins *ruins = *state;

    assert_no_number(ruins, tcpstore_num_keys(ruins->client, NULL, &ruins->number));
}

static void queue_len_fails_with_zero(void **state)
{
    struct ruins *ruins = *state;

    assert_no_number(
        ruins, tcpstore_queue_len(ruins->client, ruins->key, NULL, &ruins->number));
}

static void check_fails_with_false(void **state)
{
    struct ruins *ruins = *state;

    assert_not(ruins, tcpstore_check(ruins->client, &ruins->key, 1, NULL, &ruins->flag));
}

static void delete_fails_with_false(void **state)
{
    struct ruins *ruins = *state;

    assert_not(ruins, tcpstore_delete(ruins->client, ruins->key, NULL, &ruins->flag));
}

static void batch_new_fails_with_null(void **state)
{
    struct ruins *ruins = *state;
    struct tcpstore_batch *batch = (struct tcpstore_batch *)ruins;

    heap_refuse(1);
    assert_int_equal(tcpstore_batch_new(ruins->client, NULL, &batch), TCPSTORE_ENOMEM);
    assert_null(batch);
}

static void batch_result_fails_with_an_empty_result(void **state)
{
    struct ruins *ruins = *state;
    struct tcpstore_result result = {.number = 1, .value = ruins->key};
    struct tcpstore_batch *batch;

    assert_int_equal(tcpstore_batch_new(ruins->client, NULL, &batch), 0);
    assert_int_equal(tcpstore_batch_result(batch, 0, &result), TCPSTORE_EINVAL);
    assert_int_equal(result.number, 0);
    assert_null(result.value.bytes);
    assert_int_equal(result.value.size, 0);
    tcpstore_batch_free(batch);
}

static void server_new_fails_with_null(void **state)
{
    struct ruins *ruins = *state;
    struct tcpstore_server *server = (struct tcpstore_server *)ruins;
    struct tcpstore_server_options options;

    tcpstore_server_options_init(&options);
    options.limits.clients = 0;
    assert_int_equal(tcpstore_server_new(&options, NULL, &server), TCPSTORE_EINVAL);
    assert_null(server);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(connect_fails_with_null),
        TEST(clone_fails_with_null),
        TEST(prefix_fails_with_null),
        TEST(compare_set_fails_with_no_value),
        TEST(get_fails_with_no_value),
        TEST(get_now_fails_with_no_value),
        TEST(queue_pop_fails_with_no_value),
        TEST(queue_pop_now_fails_with_no_value),
        TEST(multi_get_fails_with_no_values),
        TEST(list_keys_fails_with_no_keys),
        TEST(add_fails_with_zero),
        TEST(num_keys_fails_with_zero),
        TEST(queue_len_fails_with_zero),
        TEST(check_fails_with_false),
        TEST(delete_fails_with_false),
        TEST(batch_new_fails_with_null),
        TEST(batch_result_fails_with_an_empty_result),
        TEST(server_new_fails_with_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
