/* Every operation, against a server in the same process. */
#include "support/test.h"

#include <pthread.h>
#include <stdlib.h>

#include "support/store.h"

struct fixture {
    struct tcpstore_server *server;
    struct tcpstore_client *client;
    struct tcpstore_client *other; /* on another connection */
};

static struct tcpstore_error error;

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    assert_non_null(fixture);
    fixture->server = store_start();
    fixture->client = store_connect(tcpstore_server_port(fixture->server));
    fixture->other = store_connect(tcpstore_server_port(fixture->server));
    error = (struct tcpstore_error){0};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    tcpstore_client_free(fixture->client);
    tcpstore_client_free(fixture->other);
    tcpstore_server_free(fixture->server);
    free(fixture);
    return 0;
}

static struct tcpstore_client *client_of(void **state)
{
    return ((struct fixture *)*state)->client;
}

static struct tcpstore_client *other_of(void **state)
{
    return ((struct fixture *)*state)->other;
}

static struct tcpstore_span t(const char *string)
{
    return tcpstore_text(string);
}

#define assert_works(call)              \
    do {                                \
        if ((call) != 0)                \
            fail_msg("%s", error.text); \
    } while (0)

static void set(struct tcpstore_client *client, const char *key, const char *value)
{
    assert_works(tcpstore_set(client, t(key), t(value), &error));
}

/* Frees the value. */
static void assert_value(struct tcpstore_value value, const char *expected)
{
    assert_spans_equal(span_of(value.bytes, value.size), text(expected));
    assert_int_equal(((const char *)value.bytes)[value.size], '\0');
    tcpstore_value_free(&value);
    assert_null(value.bytes);
}

static void assert_stored(struct tcpstore_client *client, const char *key, const char *expected)
{
    struct tcpstore_value value;

    assert_works(tcpstore_get_now(client, t(key), &error, &value));
    assert_value(value, expected);
}

static void assert_missing(struct tcpstore_client *client, const char *key)
{
    struct tcpstore_value value;

    assert_fails(
        tcpstore_get_now(client, t(key), &error, &value), TCPSTORE_ENOKEY, &error,
        "no such key");
}

static void ping_is_answered(void **state)
{
    assert_works(tcpstore_ping(client_of(state), &error));
    assert_memory_equal(tcpstore_client_server(client_of(state)), "127.0.0.1:", 10);
}

static void get_returns_the_bytes_that_were_set(void **state)
{
    const char bytes[] = "\0\xff\n\0end";
    struct tcpstore_value value;

    assert_works(tcpstore_set(
        client_of(state), tcpstore_bytes("\0k", 2), tcpstore_bytes(bytes, sizeof(bytes)),
        &error));
    assert_works(tcpstore_get(
        client_of(state), tcpstore_bytes("\0k", 2), TCPSTORE_TIMEOUT, &error, &value));
    assert_spans_equal(span_of(value.bytes, value.size), span_of(bytes, sizeof(bytes)));
    tcpstore_value_free(&value);
    set(client_of(state), "", "");
    assert_stored(client_of(state), "", "");
    assert_works(tcpstore_set(client_of(state), t("null"), tcpstore_bytes(NULL, 0), &error));
    assert_stored(client_of(state), "null", "");
}

static void keys_have_the_prefix_of_pytorch_by_default(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_client_options options =
        store_options(tcpstore_server_port(fixture->server));
    struct tcpstore_client *raw;

    options.key_prefix = "";
    assert_works(tcpstore_client_connect(&options, &error, &raw));
    set(client_of(state), "k", "v");
    assert_stored(
        client_of(state), "k", "v"); /* the SET has been executed before this answer */
    assert_stored(raw, "/k", "v");
    assert_missing(raw, "k");
    tcpstore_client_free(raw);
}

static void compare_set_returns_the_stored_value(void **state)
{
    struct tcpstore_value value;

    assert_works(
        tcpstore_compare_set(client_of(state), t("k"), t("x"), t("v"), &error, &value));
    assert_value(value, "x");
    assert_missing(client_of(state), "k");
    assert_works(tcpstore_compare_set(client_of(state), t("k"), t(""), t("v"), &error, &value));
    assert_value(value, "v");
    assert_works(
        tcpstore_compare_set(client_of(state), t("k"), t("x"), t("w"), &error, &value));
    assert_value(value, "v");
    assert_works(
        tcpstore_compare_set(client_of(state), t("k"), t("v"), t("w"), &error, &value));
    assert_value(value, "w");
}

static void add_returns_the_sum(void **state)
{
    int64_t sum;

    assert_works(tcpstore_add(client_of(state), t("n"), 5, &error, &sum));
    assert_int_equal(sum, 5);
    assert_works(tcpstore_add(client_of(state), t("n"), -7, &error, &sum));
    assert_int_equal(sum, -2);
    assert_stored(client_of(state), "n", "-2");
}

static void append_extends_the_value(void **state)
{
    assert_works(tcpstore_append(client_of(state), t("k"), t("one"), &error));
    assert_works(tcpstore_append(client_of(state), t("k"), t("two"), &error));
    assert_stored(client_of(state), "k", "onetwo");
}

static void check_is_true_only_if_all_keys_exist(void **state)
{
    const struct tcpstore_span keys[] = {t("one"), t("two")};
    bool ready = true;

    set(client_of(state), "one", "");
    assert_works(tcpstore_check(client_of(state), keys, 2, &error, &ready));
    assert_false(ready);
    set(client_of(state), "two", "");
    assert_works(tcpstore_check(client_of(state), keys, 2, &error, &ready));
    assert_true(ready);
    ready = false;
    assert_works(tcpstore_check(client_of(state), NULL, 0, &error, &ready));
    assert_true(ready);
}

static void delete_reports_whether_the_key_existed(void **state)
{
    bool deleted = false;

    set(client_of(state), "k", "v");
    assert_works(tcpstore_delete(client_of(state), t("k"), &error, &deleted));
    assert_true(deleted);
    assert_works(tcpstore_delete(client_of(state), t("k"), &error, &deleted));
    assert_false(deleted);
}

static void multi_get_returns_what_multi_set_stored(void **state)
{
    const struct tcpstore_span keys[] = {t("a"), t("b"), t("c")};
    const struct tcpstore_span values[] = {t("1"), t(""), t("333")};
    struct tcpstore_value *read;

    assert_works(tcpstore_multi_set(client_of(state), keys, values, 3, &error));
    assert_works(
        tcpstore_multi_get(client_of(state), keys, 3, TCPSTORE_TIMEOUT, &error, &read));
    assert_string_equal(read[0].bytes, "1");
    assert_string_equal(read[1].bytes, "");
    assert_string_equal(read[2].bytes, "333");
    tcpstore_values_free(read, 3);
    assert_works(tcpstore_multi_get(client_of(state), NULL, 0, 0, &error, &read));
    tcpstore_values_free(read, 0);
}

static void queue_pop_now_returns_an_empty_entry(void **state)
{
    struct tcpstore_value value;

    assert_works(tcpstore_queue_push(client_of(state), t("q"), t(""), &error));
    assert_works(tcpstore_queue_pop_now(client_of(state), t("q"), &error, &value));
    assert_value(value, "");
}

static void queue_pop_returns_entries_in_the_order_of_their_push(void **state)
{
    struct tcpstore_value value;
    int64_t length;

    assert_works(tcpstore_queue_push(client_of(state), t("q"), t("one"), &error));
    assert_works(tcpstore_queue_push(client_of(state), t("q"), t("two"), &error));
    assert_works(tcpstore_queue_len(client_of(state), t("q"), &error, &length));
    assert_int_equal(length, 2);
    assert_works(tcpstore_queue_pop(client_of(state), t("q"), 0, &error, &value));
    assert_value(value, "one");
    assert_works(tcpstore_queue_pop_now(client_of(state), t("q"), &error, &value));
    assert_value(value, "two");
    assert_fails(
        tcpstore_queue_pop_now(client_of(state), t("q"), &error, &value), TCPSTORE_ENOKEY,
        &error, "pop from queue /q at |empty");
    assert_fails(
        tcpstore_queue_pop(client_of(state), t("q"), 1, &error, &value), TCPSTORE_ETIMEDOUT,
        &error, "pop from queue /q at |timed out after | s");
}

static bool has(const struct tcpstore_value *keys, size_t count, const char *key)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += strcmp(keys[i].bytes, key) == 0 && keys[i].size == strlen(key);
    assert_true(found <= 1);
    return found == 1;
}

static void list_keys_returns_the_keys_of_the_handle_without_its_prefix(void **state)
{
    struct tcpstore_client *job;
    struct tcpstore_value *keys;
    size_t count;
    int64_t all;

    assert_works(tcpstore_client_prefix(client_of(state), "job", &error, &job));
    set(job, "a", "");
    set(job, "", "");
    set(client_of(state), "b", "");
    set(client_of(state), "jobs/c", "");
    assert_works(tcpstore_list_keys(job, &error, &keys, &count));
    assert_int_equal(count, 2);
    assert_true(has(keys, count, "a") && has(keys, count, ""));
    tcpstore_values_free(keys, count);
    assert_works(tcpstore_list_keys(client_of(state), &error, &keys, &count));
    assert_int_equal(count, 4);
    assert_true(has(keys, count, "job/a") && has(keys, count, "b"));
    tcpstore_values_free(keys, count);
    assert_works(tcpstore_num_keys(job, &error, &all));
    assert_int_equal(all, 4);
    tcpstore_client_free(job);
}

static void prefixes_nest(void **state)
{
    struct tcpstore_client *outer, *inner, *clone;

    assert_works(tcpstore_client_prefix(client_of(state), "outer", &error, &outer));
    assert_works(tcpstore_client_prefix(outer, "inner", &error, &inner));
    tcpstore_client_free(outer);
    set(inner, "k", "v");
    assert_stored(client_of(state), "outer/inner/k", "v");
    assert_works(tcpstore_client_clone(inner, &error, &clone));
    tcpstore_client_free(inner);
    assert_stored(clone, "k", "v");
    tcpstore_client_free(clone);
}

static void the_error_of_a_timeout_names_the_keys(void **state)
{
    const struct tcpstore_span keys[] = {t("rank_7"), t("rank_8"), t("rank_9")};
    struct tcpstore_value value;
    struct tcpstore_value *values;

    assert_fails(
        tcpstore_wait(client_of(state), keys, 1, 1, &error), TCPSTORE_ETIMEDOUT, &error,
        "wait for /rank_7 at 127.0.0.1:|timed out after | s");
    assert_fails(
        tcpstore_wait(client_of(state), keys, 3, 1, &error), TCPSTORE_ETIMEDOUT, &error,
        "wait for /rank_7 and 2 more at ");
    assert_fails(
        tcpstore_get(client_of(state), keys[0], 1, &error, &value), TCPSTORE_ETIMEDOUT, &error,
        "get /rank_7 at ");
    assert_fails(
        tcpstore_multi_get(client_of(state), keys, 3, 1, &error, &values), TCPSTORE_ETIMEDOUT,
        &error, "get /rank_7 and 2 more at ");
    assert_works(tcpstore_ping(client_of(state), &error));
    assert_int_equal(tcpstore_wait(client_of(state), keys, 3, 1, NULL), TCPSTORE_ETIMEDOUT);
}

static void a_wait_with_timeout_0_succeeds_if_the_key_exists(void **state)
{
    const struct tcpstore_span key = t("k");
    struct tcpstore_value value;

    set(client_of(state), "k", "v");
    assert_works(tcpstore_wait(client_of(state), &key, 1, 0, &error));
    assert_works(tcpstore_get(client_of(state), key, 0, &error, &value));
    assert_value(value, "v");
    assert_works(tcpstore_barrier(client_of(state), t("b"), 1, 0, &error));
}

/* One operation in a thread. */
struct task {
    pthread_t thread;
    struct tcpstore_client *client;
    int code;
    struct tcpstore_error error;
    struct tcpstore_value value;
};

static void start(struct task *task, struct tcpstore_client *client, void *(*run)(void *))
{
    *task = (struct task){.client = client};
    assert_int_equal(pthread_create(&task->thread, NULL, run, task), 0);
}

static void join(struct task *task)
{
    pthread_join(task->thread, NULL);
    if (task->code)
        fail_msg("%s", task->error.text);
}

static void *run_get(void *argument)
{
    struct task *task = argument;

    task->code =
        tcpstore_get(task->client, t("late"), TCPSTORE_TIMEOUT, &task->error, &task->value);
    return NULL;
}

static void get_waits_until_the_key_is_set(void **state)
{
    struct task task;

    start(&task, other_of(state), run_get);
    set(client_of(state), "late", "come");
    join(&task);
    assert_value(task.value, "come");
}

static void *run_pop(void *argument)
{
    struct task *task = argument;

    task->code = tcpstore_queue_pop(
        task->client, t("late"), TCPSTORE_TIMEOUT, &task->error, &task->value);
    return NULL;
}

/* A key with the queue's name releases the wait, but there is no entry yet. */
static void queue_pop_waits_until_an_entry_is_pushed(void **state)
{
    struct task task;
    bool deleted;

    set(client_of(state), "late", "a key");
    start(&task, other_of(state), run_pop);
    assert_works(tcpstore_delete(client_of(state), t("late"), &error, &deleted));
    assert_works(tcpstore_queue_push(client_of(state), t("late"), t("entry"), &error));
    join(&task);
    assert_value(task.value, "entry");
}

static void *run_barrier(void *argument)
{
    struct task *task = argument;

    task->code = tcpstore_barrier(task->client, t("b"), 2, TCPSTORE_TIMEOUT, &task->error);
    return NULL;
}

static void a_barrier_is_passed_once_all_clients_have_joined(void **state)
{
    struct task task;

    start(&task, other_of(state), run_barrier);
    assert_works(tcpstore_barrier(client_of(state), t("b"), 2, TCPSTORE_TIMEOUT, &error));
    join(&task);
    assert_stored(client_of(state), "b", "2");
}

static void a_barrier_on_a_prefixed_handle_uses_the_keys_of_prefix_store(void **state)
{
    struct tcpstore_client *one, *two;
    struct task task;

    assert_works(tcpstore_client_prefix(client_of(state), "job", &error, &one));
    assert_works(tcpstore_client_prefix(other_of(state), "job", &error, &two));
    start(&task, two, run_barrier);
    assert_works(tcpstore_barrier(one, t("b"), 2, TCPSTORE_TIMEOUT, &error));
    join(&task);
    assert_missing(client_of(state), "job/b");
    assert_stored(client_of(state), "job/b/num_members", "2");
    assert_stored(client_of(state), "job/b/last_member", "1");
    tcpstore_client_free(one);
    tcpstore_client_free(two);
}

static void a_barrier_that_times_out_takes_its_count_back(void **state)
{
    struct tcpstore_client *job;

    assert_works(tcpstore_client_prefix(client_of(state), "job", &error, &job));
    for (int i = 0; i < 3; i++) {
        assert_fails(
            tcpstore_barrier(job, t("b"), 2, 1, &error), TCPSTORE_ETIMEDOUT, &error,
            "barrier /job/b at |timed out after | s");
        assert_fails(
            tcpstore_barrier(client_of(state), t("b"), 2, 1, &error), TCPSTORE_ETIMEDOUT,
            &error, "barrier /b at ");
    }
    assert_stored(job, "b/num_members", "0");
    assert_stored(client_of(state), "b", "0");
    tcpstore_client_free(job);
}

static void *run_wait_for_workers(void *argument)
{
    struct task *task = argument;

    task->code = tcpstore_wait_for_workers(task->client, 2, TCPSTORE_TIMEOUT, &task->error);
    return NULL;
}

static void wait_for_workers_returns_once_all_workers_have_joined(void **state)
{
    struct fixture *fixture = *state;
    struct tcpstore_client_options options =
        store_options(tcpstore_server_port(fixture->server));
    struct tcpstore_client *raw, *job;
    struct task task;

    options.key_prefix = "";
    assert_works(tcpstore_client_connect(&options, &error, &raw));
    assert_works(tcpstore_client_prefix(client_of(state), "job", &error, &job));
    start(&task, other_of(state), run_wait_for_workers);
    assert_works(tcpstore_wait_for_workers(job, 2, TCPSTORE_TIMEOUT, &error));
    join(&task);
    assert_stored(raw, "init/", "2");
    assert_fails(
        tcpstore_wait_for_workers(job, 4, 1, &error), TCPSTORE_ETIMEDOUT, &error,
        "wait for workers at |3 of 4 have joined");
    tcpstore_client_free(job);
    tcpstore_client_free(raw);
}

static void an_argument_out_of_range_is_refused_before_sending(void **state)
{
    static const char zeros[70000];
    const struct tcpstore_span key = t("k");
    struct tcpstore_client *client = client_of(state);
    struct tcpstore_batch *batch;

    assert_fails(
        tcpstore_wait(client, &key, 1, -2, &error), TCPSTORE_EINVAL, &error,
        "wait for /k at |-2 ms|expected");
    assert_fails(
        tcpstore_set(client, tcpstore_bytes(zeros, sizeof(zeros)), key, &error),
        TCPSTORE_EINVAL, &error, "set |key too long|65535");
    assert_fails(
        tcpstore_set(client, key, tcpstore_bytes(zeros, (size_t)2 << 30), &error),
        TCPSTORE_EINVAL, &error, "set /k at |value too long|1073741824");
    assert_fails(
        tcpstore_wait(client, &key, (size_t)1 << 33, 0, &error), TCPSTORE_EINVAL, &error,
        "too many keys");
    assert_fails(
        tcpstore_barrier(client, key, 0, 0, &error), TCPSTORE_EINVAL, &error,
        "barrier /k at |world size of 0|expected 1 or more");
    assert_fails(
        tcpstore_wait_for_workers(client, -1, 0, &error), TCPSTORE_EINVAL, &error,
        "world size of -1");
    assert_works(tcpstore_batch_new(client, &error, &batch));
    assert_fails(
        tcpstore_batch_get(batch, tcpstore_bytes(zeros, sizeof(zeros)), &error),
        TCPSTORE_EINVAL, &error, "get |key too long");
    assert_int_equal(tcpstore_batch_count(batch), 0);
    tcpstore_batch_free(batch);
    assert_works(tcpstore_ping(client, &error));
}

static void add_some_of_keys(struct tcpstore_batch *batch)
{
    const struct tcpstore_span keys[] = {t("k"), t("n")};

    assert_works(tcpstore_batch_set(batch, t("k"), t("v"), &error));
    assert_works(tcpstore_batch_append(batch, t("k"), t("w"), &error));
    assert_works(tcpstore_batch_get(batch, t("k"), &error));
    assert_works(tcpstore_batch_add(batch, t("n"), 3, &error));
    assert_works(tcpstore_batch_check(batch, keys, 2, &error));
    assert_works(tcpstore_batch_compare_set(batch, t("k"), t("vw"), t("x"), &error));
    assert_works(tcpstore_batch_delete(batch, t("n"), &error));
}

static void add_some_of_queues(struct tcpstore_batch *batch)
{
    assert_works(tcpstore_batch_queue_push(batch, t("q"), t("entry"), &error));
    assert_works(tcpstore_batch_queue_len(batch, t("q"), &error));
    assert_works(tcpstore_batch_queue_pop(batch, t("q"), &error));
    assert_works(tcpstore_batch_queue_pop(batch, t("q"), &error));
    assert_works(tcpstore_batch_get(batch, t("missing"), &error));
    assert_works(tcpstore_batch_ping(batch, &error));
}

static void assert_result(
    const struct tcpstore_batch *batch, size_t index, int64_t number, const char *value)
{
    struct tcpstore_result result;

    assert_int_equal(tcpstore_batch_result(batch, index, &result), 0);
    assert_int_equal(result.number, number);
    assert_spans_equal(span_of(result.value.bytes, result.value.size), text(value));
}

static void assert_results(const struct tcpstore_batch *batch)
{
    assert_result(batch, 0, 0, "");
    assert_result(batch, 1, 0, "");
    assert_result(batch, 2, 0, "vw");
    assert_result(batch, 3, 3, "");
    assert_result(batch, 4, 1, "");
    assert_result(batch, 5, 0, "x");
    assert_result(batch, 6, 1, "");
    assert_result(batch, 7, 0, "");
    assert_result(batch, 8, 1, "");
    assert_result(batch, 9, 1, "entry");
    assert_result(batch, 10, 0, "");
    assert_result(batch, 11, 0, "");
    assert_result(batch, 12, 0, "");
}

static void each_run_of_a_batch_takes_effect(void **state)
{
    struct tcpstore_batch *batch;

    assert_works(tcpstore_batch_new(client_of(state), &error, &batch));
    assert_works(tcpstore_batch_add(batch, t("n"), 2, &error));
    for (int64_t sum = 2; sum <= 6; sum += 2) {
        assert_works(tcpstore_batch_run(batch, TCPSTORE_TIMEOUT, &error));
        assert_result(batch, 0, sum, "");
    }
    tcpstore_batch_free(batch);
}

static void a_batch_can_be_extended_and_run_again(void **state)
{
    struct tcpstore_batch *batch;
    struct tcpstore_result result;

    assert_works(tcpstore_batch_new(client_of(state), &error, &batch));
    assert_works(tcpstore_batch_run(batch, 0, &error));
    add_some_of_keys(batch);
    add_some_of_queues(batch);
    assert_int_equal(tcpstore_batch_count(batch), 13);
    assert_int_equal(tcpstore_batch_result(batch, 0, &result), TCPSTORE_ESTATE);
    for (int i = 0; i < 3; i++) {
        assert_works(tcpstore_batch_run(batch, TCPSTORE_TIMEOUT, &error));
        assert_results(batch);
    }
    assert_int_equal(tcpstore_batch_result(batch, 13, &result), TCPSTORE_EINVAL);
    assert_works(tcpstore_batch_ping(batch, &error));
    assert_int_equal(tcpstore_batch_result(batch, 13, &result), TCPSTORE_ESTATE);
    assert_results(batch);
    tcpstore_batch_clear(batch);
    assert_int_equal(tcpstore_batch_count(batch), 0);
    assert_int_equal(tcpstore_batch_result(batch, 0, &result), TCPSTORE_EINVAL);
    assert_works(tcpstore_batch_get(batch, t("k"), &error));
    assert_works(tcpstore_batch_run(batch, TCPSTORE_TIMEOUT, &error));
    assert_result(batch, 0, 0, "x");
    tcpstore_batch_free(batch);
    tcpstore_batch_free(NULL);
}

/* The server stops reading while its answers are unread: a client that only sends hangs. */
static void a_long_batch_is_read_while_it_is_sent(void **state)
{
    enum { LARGE = 1 << 20, COUNT = 48 };
    char *large = calloc(1, LARGE);
    const struct tcpstore_span value = tcpstore_bytes(large, LARGE);
    struct tcpstore_batch *batch;

    assert_non_null(large);
    assert_works(tcpstore_batch_new(client_of(state), &error, &batch));
    for (int i = 0; i < COUNT; i++)
        assert_works(tcpstore_batch_compare_set(batch, t("k"), t("x"), value, &error));
    for (int i = 0; i < COUNT; i++)
        assert_works(tcpstore_batch_compare_set(batch, t("k"), value, t("x"), &error));
    assert_works(tcpstore_batch_run(batch, TCPSTORE_TIMEOUT, &error));
    assert_result(batch, COUNT - 1, 0, "x");
    tcpstore_batch_free(batch);
    free(large);
}

static void a_request_that_the_server_refuses_loses_the_connection(void **state)
{
    int64_t sum;

    set(client_of(state), "k", "no number");
    assert_fails(
        tcpstore_add(client_of(state), t("k"), 1, &error, &sum), TCPSTORE_ELOST, &error,
        "add to /k at |connection lost|log");
    assert_int_equal(sum, 0);
    assert_fails(
        tcpstore_ping(client_of(state), &error), TCPSTORE_ELOST, &error,
        "ping at |lost earlier|reconnect");
    assert_works(tcpstore_client_reconnect(client_of(state), &error));
    assert_works(tcpstore_client_reconnect(client_of(state), &error));
    assert_stored(client_of(state), "k", "no number");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ping_is_answered),
        TEST(get_returns_the_bytes_that_were_set),
        TEST(keys_have_the_prefix_of_pytorch_by_default),
        TEST(compare_set_returns_the_stored_value),
        TEST(add_returns_the_sum),
        TEST(append_extends_the_value),
        TEST(check_is_true_only_if_all_keys_exist),
        TEST(delete_reports_whether_the_key_existed),
        TEST(multi_get_returns_what_multi_set_stored),
        TEST(queue_pop_now_returns_an_empty_entry),
        TEST(queue_pop_returns_entries_in_the_order_of_their_push),
        TEST(list_keys_returns_the_keys_of_the_handle_without_its_prefix),
        TEST(prefixes_nest),
        TEST(the_error_of_a_timeout_names_the_keys),
        TEST(a_wait_with_timeout_0_succeeds_if_the_key_exists),
        TEST(get_waits_until_the_key_is_set),
        TEST(queue_pop_waits_until_an_entry_is_pushed),
        TEST(a_barrier_is_passed_once_all_clients_have_joined),
        TEST(a_barrier_on_a_prefixed_handle_uses_the_keys_of_prefix_store),
        TEST(a_barrier_that_times_out_takes_its_count_back),
        TEST(wait_for_workers_returns_once_all_workers_have_joined),
        TEST(an_argument_out_of_range_is_refused_before_sending),
        TEST(a_batch_can_be_extended_and_run_again),
        TEST(each_run_of_a_batch_takes_effect),
        TEST(a_long_batch_is_read_while_it_is_sent),
        TEST(a_request_that_the_server_refuses_loses_the_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
