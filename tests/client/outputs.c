/* A function that fails sets its outputs to NULL or zero, so that its caller can free them in
 * any case. tests/headers/outputs.py checks that no function is missing here. */
#include "support/test.h"

#include "support/heap.h"
#include "support/store.h"

/* A client that has lost its server, and an output of each kind with a value in it. */
struct fixture {
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
    static struct fixture fixture;
    struct tcpstore_server *server = store_start();
    struct tcpstore_client_options options = store_options(tcpstore_server_port(server));

    options.connect_timeout_ms = 0;
    assert_int_equal(tcpstore_client_connect(&options, NULL, &fixture.client), 0);
    tcpstore_server_free(server);
    assert_int_equal(tcpstore_ping(fixture.client, NULL), TCPSTORE_ELOST);
    fixture.key = tcpstore_text("k");
    fixture.value = (struct tcpstore_value){.bytes = &fixture, .size = sizeof(fixture)};
    fixture.values = &fixture.value;
    fixture.count = 1;
    fixture.number = 1;
    fixture.flag = true;
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    tcpstore_client_free(fixture->client);
    return 0;
}

static void assert_no_value(const struct fixture *fixture, int code)
{
    assert_int_equal(code, TCPSTORE_ELOST);
    assert_null(fixture->value.bytes);
    assert_int_equal(fixture->value.size, 0);
}

static void assert_no_values(const struct fixture *fixture, int code)
{
    assert_int_equal(code, TCPSTORE_ELOST);
    assert_null(fixture->values);
}

static void assert_no_number(const struct fixture *fixture, int code)
{
    assert_int_equal(code, TCPSTORE_ELOST);
    assert_int_equal(fixture->number, 0);
}

static void assert_not(const struct fixture *fixture, int code)
{
    assert_int_equal(code, TCPSTORE_ELOST);
    assert_false(fixture->flag);
}

static void connect_sets_null_when_it_fails(void **state)
{
    const struct tcpstore_client_options options = store_options(0);
    struct fixture *fixture = *state;
    struct tcpstore_client *client = fixture->client;

    assert_int_equal(tcpstore_client_connect(&options, NULL, &client), TCPSTORE_EINVAL);
    assert_null(client);
}

static void clone_sets_null_when_it_fails(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_client *clone = fixture->client;

    assert_int_equal(tcpstore_client_clone(fixture->client, NULL, &clone), TCPSTORE_ECONNECT);
    assert_null(clone);
}

static void prefix_sets_null_when_it_fails(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_client *job = fixture->client;

    heap_refuse(1);
    assert_int_equal(
        tcpstore_client_prefix(fixture->client, "job", NULL, &job), TCPSTORE_ENOMEM);
    assert_null(job);
}

static void compare_set_sets_an_empty_value_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_value(
        fixture,
        tcpstore_compare_set(
            fixture->client, fixture->key, fixture->key, fixture->key, NULL, &fixture->value));
}

static void get_sets_an_empty_value_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_value(
        fixture, tcpstore_get(fixture->client, fixture->key, 0, NULL, &fixture->value));
}

static void get_now_sets_an_empty_value_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_value(
        fixture, tcpstore_get_now(fixture->client, fixture->key, NULL, &fixture->value));
}

static void queue_pop_sets_an_empty_value_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_value(
        fixture, tcpstore_queue_pop(fixture->client, fixture->key, 0, NULL, &fixture->value));
}

static void queue_pop_now_sets_an_empty_value_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_value(
        fixture, tcpstore_queue_pop_now(fixture->client, fixture->key, NULL, &fixture->value));
}

static void multi_get_sets_null_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_values(
        fixture,
        tcpstore_multi_get(fixture->client, &fixture->key, 1, 0, NULL, &fixture->values));
}

static void list_keys_sets_no_keys_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_values(
        fixture, tcpstore_list_keys(fixture->client, NULL, &fixture->values, &fixture->count));
    assert_int_equal(fixture->count, 0);
}

static void add_sets_zero_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_number(
        fixture, tcpstore_add(fixture->client, fixture->key, 1, NULL, &fixture->number));
}

static void num_keys_sets_zero_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_number(fixture, tcpstore_num_keys(fixture->client, NULL, &fixture->number));
}

static void queue_len_sets_zero_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_no_number(
        fixture, tcpstore_queue_len(fixture->client, fixture->key, NULL, &fixture->number));
}

static void check_sets_false_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_not(
        fixture, tcpstore_check(fixture->client, &fixture->key, 1, NULL, &fixture->flag));
}

static void delete_sets_false_when_it_fails(void **state)
{
    struct fixture *fixture = *state;

    assert_not(fixture, tcpstore_delete(fixture->client, fixture->key, NULL, &fixture->flag));
}

static void batch_new_sets_null_when_it_fails(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_batch *batch = (struct tcpstore_batch *)fixture;

    heap_refuse(1);
    assert_int_equal(tcpstore_batch_new(fixture->client, NULL, &batch), TCPSTORE_ENOMEM);
    assert_null(batch);
}

static void batch_result_sets_an_empty_result_when_it_fails(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_result result = {.number = 1, .value = fixture->key};
    struct tcpstore_batch *batch;

    assert_int_equal(tcpstore_batch_new(fixture->client, NULL, &batch), 0);
    assert_int_equal(tcpstore_batch_result(batch, 0, &result), TCPSTORE_EINVAL);
    assert_int_equal(result.number, 0);
    assert_null(result.value.bytes);
    assert_int_equal(result.value.size, 0);
    tcpstore_batch_free(batch);
}

static void server_new_sets_null_when_it_fails(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_server *server = (struct tcpstore_server *)fixture;
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
        TEST(connect_sets_null_when_it_fails),
        TEST(clone_sets_null_when_it_fails),
        TEST(prefix_sets_null_when_it_fails),
        TEST(compare_set_sets_an_empty_value_when_it_fails),
        TEST(get_sets_an_empty_value_when_it_fails),
        TEST(get_now_sets_an_empty_value_when_it_fails),
        TEST(queue_pop_sets_an_empty_value_when_it_fails),
        TEST(queue_pop_now_sets_an_empty_value_when_it_fails),
        TEST(multi_get_sets_null_when_it_fails),
        TEST(list_keys_sets_no_keys_when_it_fails),
        TEST(add_sets_zero_when_it_fails),
        TEST(num_keys_sets_zero_when_it_fails),
        TEST(queue_len_sets_zero_when_it_fails),
        TEST(check_sets_false_when_it_fails),
        TEST(delete_sets_false_when_it_fails),
        TEST(batch_new_sets_null_when_it_fails),
        TEST(batch_result_sets_an_empty_result_when_it_fails),
        TEST(server_new_sets_null_when_it_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
