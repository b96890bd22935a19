/* Refuses each allocation of the library once. */
#include "support/test.h"

#include "support/heap.h"
#include "support/store.h"

struct use {
    struct tcpstore_client *client;
    struct tcpstore_client *job;
    struct tcpstore_client *clone;
    struct tcpstore_batch *batch;
    struct tcpstore_error error;
};

static int open_all(struct use *use, uint16_t port)
{
    const struct tcpstore_client_options options = store_options(port);
    int code = tcpstore_client_connect(&options, &use->error, &use->client);

    if (code == 0)
        code = tcpstore_client_prefix(use->client, "job", &use->error, &use->job);
    if (code == 0)
        code = tcpstore_client_clone(use->job, &use->error, &use->clone);
    if (code == 0)
        code = tcpstore_batch_new(use->job, &use->error, &use->batch);
    return code;
}

static int read_all(struct use *use)
{
    const struct tcpstore_span keys[] = {tcpstore_text("a"), tcpstore_text("b")};
    const struct tcpstore_span values[] = {tcpstore_text("1"), tcpstore_text("2")};
    struct tcpstore_value value;
    struct tcpstore_value *many;
    size_t count;
    int code = tcpstore_multi_set(use->job, keys, values, 2, &use->error);

    if (code == 0)
        code = tcpstore_multi_get(use->job, keys, 2, TCPSTORE_TIMEOUT, &use->error, &many);
    if (code)
        return code;
    tcpstore_values_free(many, 2);
    code = tcpstore_get(use->clone, keys[0], TCPSTORE_TIMEOUT, &use->error, &value);
    if (code)
        return code;
    tcpstore_value_free(&value);
    code = tcpstore_list_keys(use->clone, &use->error, &many, &count);
    if (code == 0)
        tcpstore_values_free(many, count);
    return code;
}

static int wait_all(struct use *use)
{
    const struct tcpstore_span key = tcpstore_text("never");
    int code = tcpstore_wait(use->job, &key, 1, 0, &use->error);

    if (code != TCPSTORE_ETIMEDOUT)
        return code;
    return tcpstore_barrier(use->job, tcpstore_text("b"), 1, TCPSTORE_TIMEOUT, &use->error);
}

static int run_batch(struct use *use)
{
    int code = 0;

    for (int i = 0; i < 10 && code == 0; i++)
        code = tcpstore_batch_get(use->batch, tcpstore_text("a"), &use->error);
    if (code == 0)
        code = tcpstore_batch_run(use->batch, TCPSTORE_TIMEOUT, &use->error);
    return code;
}

static int use_all(struct use *use, uint16_t port)
{
    int code = open_all(use, port);

    if (code == 0)
        code = read_all(use);
    if (code == 0)
        code = wait_all(use);
    if (code == 0)
        code = run_batch(use);
    return code;
}

static void close_all(struct use *use)
{
    tcpstore_batch_free(use->batch);
    tcpstore_client_free(use->clone);
    tcpstore_client_free(use->job);
    tcpstore_client_free(use->client);
}

/* TCPSTORE_ENOMEM means that nothing was sent. */
static void assert_still_usable(struct use *use, int code)
{
    if (code == TCPSTORE_ENOMEM && use->job != NULL)
        assert_int_equal(tcpstore_ping(use->job, &use->error), 0);
}

static void a_refused_allocation_is_an_error_and_leaks_nothing(void **state)
{
    struct tcpstore_server *server = store_start();
    uint16_t port = tcpstore_server_port(server);
    bool refused = true;
    size_t nth = 0;

    (void)state;
    while (refused) {
        struct use use = {0};
        int code;

        heap_refuse(++nth);
        code = use_all(&use, port);
        refused = heap_has_refused();
        heap_refuse(0);
        if (!refused)
            assert_int_equal(code, 0);
        else if (code != TCPSTORE_ENOMEM)
            assert_true(code == TCPSTORE_ELOST || code == TCPSTORE_ETIMEDOUT);
        if (code)
            assert_true(use.error.code == code && strstr(use.error.text, " ") != NULL);
        assert_still_usable(&use, code);
        close_all(&use);
    }
    assert_true(nth > 20);
    tcpstore_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_allocation_is_an_error_and_leaks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
