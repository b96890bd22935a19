/* Many threads: on one handle, on handles with prefixes, and on clones. */
#include "support/test.h"

#include <pthread.h>
#include <stdio.h>

#include "support/store.h"

enum {
    THREADS = 32,
    ROUNDS = 30,
};

enum kind {
    SHARED,
    PREFIXED,
    CLONED,
};

struct worker {
    pthread_t thread;
    struct tcpstore_client *client; /* shared */
    enum kind kind;
    int number;
    int code;
    struct tcpstore_error error;
};

/* Each thread must get its own answers: values, a counter, and a wait that is cancelled. */
static int work_round(struct worker *worker, struct tcpstore_client *client, int round)
{
    struct tcpstore_error *error = &worker->error;
    char key[32], expected[32];
    struct tcpstore_value value;
    int64_t sum;
    int code;

    snprintf(key, sizeof(key), "key_%d", worker->number);
    snprintf(expected, sizeof(expected), "%d in round %d", worker->number, round);
    code = tcpstore_set(client, tcpstore_text(key), tcpstore_text(expected), error);
    if (code == 0)
        code = tcpstore_get(client, tcpstore_text(key), TCPSTORE_TIMEOUT, error, &value);
    if (code)
        return code;
    code = strcmp(value.bytes, expected) == 0 ? 0 : 1;
    tcpstore_value_free(&value);
    if (code == 0)
        code = tcpstore_add(client, tcpstore_text("sum"), 1, error, &sum);
    if (code == 0 && round % 10 == 0 &&
        tcpstore_get(client, tcpstore_text("never"), 0, NULL, &value) != TCPSTORE_ETIMEDOUT)
        code = 1;
    return code;
}

static int own_handle(struct worker *worker, struct tcpstore_client **ret_client)
{
    switch (worker->kind) {
    case PREFIXED:
        return tcpstore_client_prefix(worker->client, "job", &worker->error, ret_client);
    case CLONED:
        return tcpstore_client_clone(worker->client, &worker->error, ret_client);
    default:
        *ret_client = worker->client;
        return 0;
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct tcpstore_client *client;

    worker->code = own_handle(worker, &client);
    if (worker->code)
        return NULL;
    for (int round = 0; round < ROUNDS && worker->code == 0; round++)
        worker->code = work_round(worker, client, round);
    if (worker->kind != SHARED)
        tcpstore_client_free(client);
    return NULL;
}

static void run(enum kind kind, const char *sum_key)
{
    struct tcpstore_server *server = store_start();
    struct tcpstore_client *client = store_connect(tcpstore_server_port(server));
    static struct worker workers[THREADS];
    int64_t sum;

    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.client = client, .kind = kind, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        if (workers[i].code)
            fail_msg("thread %d: %d %s", i, workers[i].code, workers[i].error.text);
    }
    assert_int_equal(tcpstore_add(client, tcpstore_text(sum_key), 0, NULL, &sum), 0);
    assert_int_equal(sum, THREADS * ROUNDS);
    tcpstore_client_free(client);
    tcpstore_server_free(server);
}

static void threads_can_share_a_handle(void **state)
{
    (void)state;
    run(SHARED, "sum");
}

static void threads_can_share_a_connection_with_prefixed_handles(void **state)
{
    (void)state;
    run(PREFIXED, "job/sum");
}

static void threads_can_use_clones(void **state)
{
    (void)state;
    run(CLONED, "sum");
}

static void *join_barrier(void *argument)
{
    struct worker *worker = argument;
    struct tcpstore_client *clone;

    worker->code = tcpstore_client_clone(worker->client, &worker->error, &clone);
    if (worker->code)
        return NULL;
    worker->code =
        tcpstore_barrier(clone, tcpstore_text("b"), THREADS, TCPSTORE_TIMEOUT, &worker->error);
    tcpstore_client_free(clone);
    return NULL;
}

static void threads_with_clones_pass_a_barrier(void **state)
{
    struct tcpstore_server *server = store_start();
    struct tcpstore_client *client = store_connect(tcpstore_server_port(server));
    static struct worker workers[THREADS];

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.client = client};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, join_barrier, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_int_equal(workers[i].code, 0);
    }
    tcpstore_client_free(client);
    tcpstore_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_can_share_a_handle),
        cmocka_unit_test(threads_can_share_a_connection_with_prefixed_handles),
        cmocka_unit_test(threads_can_use_clones),
        cmocka_unit_test(threads_with_clones_pass_a_barrier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
