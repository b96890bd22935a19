/* Commands on many keys at once. */
#include <stdlib.h>

#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/lookup.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"
#include "tcpstore-cli/verbs.h"

typedef enum status keys_fn(const struct operation *operation, const struct key_list *keys);

/* The arguments are KEY... */
static enum status with_keys(const struct operation *operation, keys_fn *run)
{
    struct key_list keys = {0};
    enum status status = operation_keys(operation, 0, 1, &keys);

    if (status == STATUS_OK)
        status = run(operation, &keys);
    key_list_done(&keys);
    return status;
}

/* A queue satisfies the wait for a key with its name, and reads as an empty value. */
static enum status refuse_queues(
    const struct operation *operation, const struct key_list *keys,
    const struct tcpstore_value *values)
{
    enum status status = STATUS_OK;
    struct key_list empty = {0};

    for (size_t i = 0; i < keys->count; i++) {
        if (values[i].size == 0)
            key_list_add(&empty, keys->spans[i]);
    }
    if (empty.count > 0)
        status = report_if_queues(operation, empty.spans, empty.count);
    key_list_done(&empty);
    return status;
}

static enum status get_all(const struct operation *operation, const struct key_list *keys)
{
    enum status status = STATUS_OK;
    struct tcpstore_error error;
    struct tcpstore_value *values;

    if (operation->options->now)
        status = report_if_absent(operation, keys->spans, keys->count);
    if (status != STATUS_OK)
        return status;
    if (tcpstore_multi_get(
            operation->client, keys->spans, keys->count, options_timeout_ms(operation->options),
            &error, &values))
        return report_wait(operation, keys->spans, keys->count, &error);
    status = refuse_queues(operation, keys, values);
    for (size_t i = 0; status == STATUS_OK && i < keys->count; i++)
        output_value(
            operation, keys->spans[i], tcpstore_bytes(values[i].bytes, values[i].size));
    tcpstore_values_free(values, keys->count);
    return status;
}

enum status command_mget(const struct operation *operation)
{
    return with_keys(operation, get_all);
}

static enum status wait_for_all(const struct operation *operation, const struct key_list *keys)
{
    struct tcpstore_error error;

    if (tcpstore_wait(
            operation->client, keys->spans, keys->count, options_timeout_ms(operation->options),
            &error))
        return report_wait(operation, keys->spans, keys->count, &error);
    /* Queues satisfy the wait, too. They are reported, but are not a failure. */
    (void)report_if_queues(operation, keys->spans, keys->count);
    return STATUS_OK;
}

enum status command_wait(const struct operation *operation)
{
    return with_keys(operation, wait_for_all);
}

static void print_existence(
    const struct operation *operation, struct tcpstore_span key, bool exists,
    int64_t queue_length)
{
    if (operation->options->json) {
        json_t *object = json_bytes_new(&operation->options->naming, key);

        json_bytes_set(object, "there", json_boolean(exists));
        if (queue_length > 0)
            json_bytes_set(object, "queue", json_integer(queue_length));
        json_bytes_print(object);
        return;
    }
    printf("%-8s ", queue_length > 0 ? "queue" : exists ? "there" : "missing");
    output_key(stdout, operation, key);
    putchar('\n');
}

static int look_up(
    const struct operation *operation, const struct key_list *keys,
    struct tcpstore_error *error, int64_t *exist, int64_t *lengths)
{
    int32_t timeout_ms = options_timeout_ms(operation->options);
    int code =
        lookup_existence(operation->client, keys->spans, keys->count, timeout_ms, error, exist);

    if (code)
        return code;
    return lookup_queue_lengths(
        operation->client, keys->spans, keys->count, timeout_ms, error, lengths);
}

static enum status check_all(const struct operation *operation, const struct key_list *keys)
{
    int64_t *exist = memory_resize(NULL, keys->count, sizeof(*exist));
    int64_t *lengths = memory_resize(NULL, keys->count, sizeof(*lengths));
    enum status status = STATUS_OK;
    struct tcpstore_error error;

    if (look_up(operation, keys, &error, exist, lengths)) {
        status = report_error(&error);
        goto done;
    }
    for (size_t i = 0; i < keys->count; i++) {
        print_existence(operation, keys->spans[i], exist[i] != 0, lengths[i]);
        if (exist[i] == 0)
            status = STATUS_NO;
    }
done:
    free(lengths);
    free(exist);
    return status;
}

enum status command_check(const struct operation *operation)
{
    return with_keys(operation, check_all);
}

static int delete_all(
    struct tcpstore_batch *batch, const struct operation *operation,
    const struct key_list *keys, struct tcpstore_error *error)
{
    int code = 0;

    for (size_t i = 0; i < keys->count && code == 0; i++)
        code = tcpstore_batch_delete(batch, keys->spans[i], error);
    return code ? code
                : tcpstore_batch_run(batch, options_timeout_ms(operation->options), error);
}

static enum status report_deleted(
    const struct operation *operation, const struct key_list *keys,
    const struct tcpstore_batch *batch)
{
    enum status status = STATUS_OK;
    struct key_list absent = {0};

    for (size_t i = 0; i < keys->count; i++) {
        bool deleted = lookup_reply(batch, i).number != 0;

        if (operation->options->json)
            output_json(operation, keys->spans[i], "deleted", json_boolean(deleted));
        if (!deleted)
            key_list_add(&absent, keys->spans[i]);
    }
    if (absent.count > 0)
        status = report_not_keys(operation, absent.spans, absent.count);
    key_list_done(&absent);
    return status;
}

static enum status run_delete(const struct operation *operation, const struct key_list *keys)
{
    struct tcpstore_error error;
    struct tcpstore_batch *batch;
    enum status status;

    if (tcpstore_batch_new(operation->client, &error, &batch))
        return report_error(&error);
    if (delete_all(batch, operation, keys, &error))
        status = report_error(&error);
    else
        status = report_deleted(operation, keys, batch);
    tcpstore_batch_free(batch);
    return status;
}

enum status command_del(const struct operation *operation)
{
    return with_keys(operation, run_delete);
}

/* Each key is followed by its value; with --file, the last value is in the file. */
static enum status take_values(const struct operation *operation, struct key_list *values)
{
    int end = operation->count + (operation->options->file != NULL);
    enum status status = STATUS_OK;
    struct bytes value = {0};

    for (int i = 1; i < end && status == STATUS_OK; i += 2) {
        bytes_clear(&value);
        status = operation_value(operation, i, &value);
        if (status == STATUS_OK)
            key_list_add(values, bytes_span(&value));
    }
    bytes_done(&value);
    return status;
}

enum status command_mset(const struct operation *operation)
{
    struct tcpstore_error error;
    struct key_list keys = {0};
    struct key_list values = {0};
    enum status status;

    if ((operation->count + (operation->options->file != NULL)) % 2 != 0)
        return operation_refuse(operation, "the last key has no value");
    status = operation_keys(operation, 0, 2, &keys);
    if (status == STATUS_OK)
        status = take_values(operation, &values);
    if (status == STATUS_OK) {
        int code =
            tcpstore_multi_set(operation->client, keys.spans, values.spans, keys.count, &error);

        status = report_write(operation, keys.spans, values.spans, keys.count, code, &error);
    }
    key_list_done(&values);
    key_list_done(&keys);
    return status;
}
