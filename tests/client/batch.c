/* What a batch keeps of its answers, with a server in the same process. */
#include "support/test.h"

#include "support/store.h"

static struct tcpstore_error error;

#define assert_works(call)              \
    do {                                \
        if ((call) != 0)                \
            fail_msg("%s", error.text); \
    } while (0)

struct fixture {
    struct tcpstore_server *server;
    struct tcpstore_client *client;
    struct tcpstore_batch *batch;
};

static void begin(struct fixture *fixture, size_t answer_bytes_max)
{
    struct tcpstore_client_options options;

    fixture->server = store_start();
    options = store_options(tcpstore_server_port(fixture->server));
    if (answer_bytes_max > 0)
        options.answer_bytes_max = answer_bytes_max;
    assert_works(tcpstore_client_connect(&options, &error, &fixture->client));
    assert_works(tcpstore_batch_new(fixture->client, &error, &fixture->batch));
}

static void end(struct fixture *fixture)
{
    tcpstore_batch_free(fixture->batch);
    tcpstore_client_free(fixture->client);
    tcpstore_server_free(fixture->server);
}

static void add_and_run(struct fixture *fixture)
{
    assert_works(tcpstore_batch_add(fixture->batch, tcpstore_text("n"), 1, &error));
    assert_works(tcpstore_batch_run(fixture->batch, TCPSTORE_TIMEOUT, &error));
}

static void assert_no_result(const struct fixture *fixture)
{
    struct tcpstore_result result;

    assert_int_equal(tcpstore_batch_result(fixture->batch, 0, &result), TCPSTORE_ESTATE);
}

static void a_run_that_fails_to_begin_leaves_no_result(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, 0);
    add_and_run(&fixture);
    assert_int_equal(tcpstore_batch_run(fixture.batch, -2, &error), TCPSTORE_EINVAL);
    assert_no_result(&fixture);
    end(&fixture);
}

static void a_run_without_every_answer_leaves_no_result(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, 0);
    assert_works(tcpstore_set(
        fixture.client, tcpstore_text("text"), tcpstore_text("no number"), &error));
    assert_works(tcpstore_batch_ping(fixture.batch, &error));
    assert_works(tcpstore_batch_add(fixture.batch, tcpstore_text("text"), 1, &error));
    assert_int_equal(
        tcpstore_batch_run(fixture.batch, TCPSTORE_TIMEOUT, &error), TCPSTORE_ELOST);
    assert_no_result(&fixture);
    end(&fixture);
}

static void a_cleared_batch_has_no_result_of_an_earlier_run(void **state)
{
    struct fixture fixture;

    (void)state;
    begin(&fixture, 0);
    add_and_run(&fixture);
    tcpstore_batch_clear(fixture.batch);
    assert_works(tcpstore_batch_ping(fixture.batch, &error));
    assert_no_result(&fixture);
    end(&fixture);
}

static void count(void *context, size_t index, const struct tcpstore_result *result)
{
    size_t *visited = context;

    assert_int_equal(index, *visited);
    assert_int_equal(result->value.size, 1000);
    ++*visited;
}

static void run_each_needs_memory_for_one_answer_at_a_time(void **state)
{
    enum { COUNT = 10 };
    static const char value[1000];
    struct tcpstore_span key = tcpstore_text("k");
    struct fixture fixture;
    size_t visited = 0;

    (void)state;
    begin(&fixture, 1500);
    assert_works(
        tcpstore_set(fixture.client, key, tcpstore_bytes(value, sizeof(value)), &error));
    for (int i = 0; i < COUNT; i++)
        assert_works(tcpstore_batch_get(fixture.batch, key, &error));
    assert_works(
        tcpstore_batch_run_each(fixture.batch, TCPSTORE_TIMEOUT, count, &visited, &error));
    assert_int_equal(visited, COUNT);
    assert_int_equal(
        tcpstore_batch_run(fixture.batch, TCPSTORE_TIMEOUT, &error), TCPSTORE_EANSWERSIZE);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_fails_to_begin_leaves_no_result),
        cmocka_unit_test(a_run_without_every_answer_leaves_no_result),
        cmocka_unit_test(a_cleared_batch_has_no_result_of_an_earlier_run),
        cmocka_unit_test(run_each_needs_memory_for_one_answer_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
