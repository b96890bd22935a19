/* tcpstore_batch_run_each, against a server in the same process. */
#include "support/test.h"

#include <stdlib.h>
#include <time.h>

#include "support/store.h"

enum {
    LARGE = 1 << 20, /* more than one read of the socket */
    LARGE_COUNT = 8,
};

struct fixture {
    struct tcpstore_server *server;
    struct tcpstore_client *client;
    struct tcpstore_batch *batch;
};

static struct tcpstore_error error;

#define assert_works(call)              \
    do {                                \
        if ((call) != 0)                \
            fail_msg("%s", error.text); \
    } while (0)

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->server = store_start();
    fixture->client = store_connect(tcpstore_server_port(fixture->server));
    assert_works(tcpstore_batch_new(fixture->client, &error, &fixture->batch));
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    tcpstore_batch_free(fixture->batch);
    tcpstore_client_free(fixture->client);
    tcpstore_server_free(fixture->server);
    free(fixture);
    return 0;
}

static void sleep_ms(long milliseconds)
{
    struct timespec time = {.tv_nsec = milliseconds * 1000 * 1000};

    nanosleep(&time, NULL);
}

struct seen {
    size_t count;
    size_t indexes[LARGE_COUNT];
    size_t sizes[LARGE_COUNT];
    int64_t numbers[LARGE_COUNT];
    long pause_ms; /* after each */
};

static void see(void *context, size_t index, const struct tcpstore_result *result)
{
    struct seen *seen = context;

    assert_true(seen->count < LARGE_COUNT);
    seen->indexes[seen->count] = index;
    seen->sizes[seen->count] = result->value.size;
    seen->numbers[seen->count] = result->number;
    seen->count++;
    sleep_ms(seen->pause_ms);
}

static void set_large_values(struct fixture *fixture)
{
    struct tcpstore_span key = tcpstore_text("large");
    void *bytes = calloc(1, LARGE);

    assert_non_null(bytes);
    assert_works(tcpstore_set(fixture->client, key, tcpstore_bytes(bytes, LARGE), &error));
    free(bytes);
    for (size_t i = 0; i < LARGE_COUNT; i++)
        assert_works(tcpstore_batch_get(fixture->batch, key, &error));
}

static void assert_seen(
    const struct seen *seen, size_t i, size_t index, size_t size, int64_t number)
{
    assert_int_equal(seen->indexes[i], index);
    assert_int_equal(seen->sizes[i], size);
    assert_int_equal(seen->numbers[i], number);
}

static void add_writes_and_reads(struct tcpstore_batch *batch)
{
    struct tcpstore_span key = tcpstore_text("k");

    assert_works(tcpstore_batch_set(batch, key, tcpstore_text("value"), &error));
    assert_works(tcpstore_batch_get(batch, key, &error));
    assert_works(tcpstore_batch_check(batch, &key, 1, &error));
    assert_works(tcpstore_batch_append(batch, key, tcpstore_text("more"), &error));
    assert_works(tcpstore_batch_get(batch, key, &error));
}

static void run_each_visits_the_answers_in_order(void **state)
{
    struct fixture *fixture = *state;

    add_writes_and_reads(fixture->batch);
    for (int run = 0; run < 2; run++) {
        struct seen seen = {0};

        assert_works(tcpstore_batch_run_each(fixture->batch, 1000, see, &seen, &error));
        assert_int_equal(seen.count, 3);
        assert_seen(&seen, 0, 1, 5, 0);
        assert_seen(&seen, 1, 2, 0, 1);
        assert_seen(&seen, 2, 4, 9, 0);
    }
}

static void run_each_keeps_no_answers(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_result result;
    struct seen seen = {0};

    add_writes_and_reads(fixture->batch);
    assert_works(tcpstore_batch_run_each(fixture->batch, 1000, see, &seen, &error));
    assert_int_equal(tcpstore_batch_result(fixture->batch, 1, &result), TCPSTORE_ESTATE);
    assert_works(tcpstore_batch_run(fixture->batch, 1000, &error));
    assert_int_equal(tcpstore_batch_result(fixture->batch, 1, &result), 0);
    assert_int_equal(result.value.size, 5);
}

static void run_each_with_a_slow_visitor_does_not_time_out(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen = {.pause_ms = 150};

    set_large_values(fixture);
    assert_works(tcpstore_batch_run_each(fixture->batch, 600, see, &seen, &error));
    assert_int_equal(seen.count, LARGE_COUNT);
    assert_int_equal(seen.sizes[LARGE_COUNT - 1], LARGE);
    assert_works(tcpstore_ping(fixture->client, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            run_each_visits_the_answers_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(run_each_keeps_no_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            run_each_with_a_slow_visitor_does_not_time_out, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
