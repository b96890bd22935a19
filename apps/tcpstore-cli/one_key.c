/* Commands on one key or queue. */
#include <stdio.h>
#include <unistd.h>

#include "common/quantity.h"
#include "tcpstore-cli/lookup.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"
#include "tcpstore-cli/verbs.h"

typedef int write_fn(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error);

/* The arguments are KEY VALUE. */
static enum status write_value(const struct operation *operation, write_fn *write)
{
    struct tcpstore_error error;
    struct bytes key = {0};
    struct bytes value = {0};
    enum status status = operation_key(operation, 0, &key);

    if (status == STATUS_OK)
        status = operation_value(operation, 1, &value);
    if (status == STATUS_OK) {
        const struct tcpstore_span keys[] = {bytes_span(&key)};
        const struct tcpstore_span values[] = {bytes_span(&value)};
        int code = write(operation->client, keys[0], values[0], &error);

        status = report_write(operation, keys, values, 1, code, &error);
    }
    bytes_done(&value);
    bytes_done(&key);
    return status;
}

enum status command_set(const struct operation *operation)
{
    return write_value(operation, tcpstore_set);
}

enum status command_append(const struct operation *operation)
{
    return write_value(operation, tcpstore_append);
}

enum status command_push(const struct operation *operation)
{
    return write_value(operation, tcpstore_queue_push);
}

enum status command_add(const struct operation *operation)
{
    struct tcpstore_error error;
    struct bytes key = {0};
    enum status status = operation_key(operation, 0, &key);
    int64_t number = 1;
    int64_t sum;

    if (status == STATUS_OK && operation->count > 1)
        status = operation_number(operation, 1, &number);
    if (status == STATUS_OK &&
        tcpstore_add(operation->client, bytes_span(&key), number, &error, &sum))
        status = report_error(&error);
    if (status == STATUS_OK)
        output_number(operation, bytes_span(&key), "sum", sum);
    bytes_done(&key);
    return status;
}

/* Returns STATUS_OK to continue; otherwise it has reported why not. */
typedef enum status decide_fn(const struct operation *operation, struct tcpstore_span key);

/* How get and pop read: first without waiting, then, if there was nothing to read, waiting. */
struct reading {
    int (*read_now)(/* fails with TCPSTORE_ENOKEY instead of waiting */
                    struct tcpstore_client *client, struct tcpstore_span key,
                    struct tcpstore_error *error, struct tcpstore_value *ret_value);
    decide_fn *before_waiting;
    int (*read)(
        struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
        struct tcpstore_error *error, struct tcpstore_value *ret_value);
    decide_fn *before_empty; /* before an empty value is printed; NULL: always print it */
};

/* Only on a terminal. */
static void announce_wait(const struct operation *operation, struct tcpstore_span key)
{
    char seconds[QUANTITY_TEXT_SIZE];

    if (!isatty(STDERR_FILENO))
        return;
    quantity_format_seconds((uint64_t)options_timeout_ms(operation->options), seconds);
    fputs("waiting for ", stderr);
    output_key(stderr, operation, key);
    fprintf(stderr, ", %s s at most; --now does not wait\n", seconds);
}

static enum status print_value(
    const struct operation *operation, const struct reading *reading, struct tcpstore_span key,
    struct tcpstore_span value)
{
    enum status status = STATUS_OK;

    if (value.size == 0 && reading->before_empty != NULL)
        status = reading->before_empty(operation, key);
    if (status == STATUS_OK)
        output_value(operation, key, value);
    return status;
}

static enum status read_key(
    const struct operation *operation, const struct reading *reading, struct tcpstore_span key)
{
    struct tcpstore_error error;
    struct tcpstore_value value;
    int code = reading->read_now(operation->client, key, &error, &value);
    enum status status;

    if (code == TCPSTORE_ENOKEY) {
        status = reading->before_waiting(operation, key);
        if (status != STATUS_OK)
            return status;
        announce_wait(operation, key);
        code = reading->read(
            operation->client, key, options_timeout_ms(operation->options), &error, &value);
    }
    if (code)
        return report_wait(operation, &key, 1, &error);
    status = print_value(operation, reading, key, tcpstore_bytes(value.bytes, value.size));
    tcpstore_value_free(&value);
    return status;
}

/* The argument is KEY. */
static enum status read_value(const struct operation *operation, const struct reading *reading)
{
    struct bytes key = {0};
    enum status status = operation_key(operation, 0, &key);

    if (status == STATUS_OK)
        status = read_key(operation, reading, bytes_span(&key));
    bytes_done(&key);
    return status;
}

static enum status wait_for_key(const struct operation *operation, struct tcpstore_span key)
{
    return operation->options->now ? report_absent(operation, key) : STATUS_OK;
}

/* A queue satisfies the wait for a key with its name, and reads as an empty value. */
static enum status refuse_queue(const struct operation *operation, struct tcpstore_span key)
{
    return report_if_queues(operation, &key, 1);
}

enum status command_get(const struct operation *operation)
{
    static const struct reading reading = {
        tcpstore_get_now, wait_for_key, tcpstore_get, refuse_queue};

    return read_value(operation, &reading);
}

/* Sends both in one flight, so that the store hardly changes between them. */
static int look_up_both(
    struct tcpstore_batch *batch, const struct operation *operation, struct tcpstore_span key,
    struct tcpstore_error *error)
{
    int code = tcpstore_batch_check(batch, &key, 1, error);

    if (code == 0)
        code = tcpstore_batch_queue_len(batch, key, error);
    return code ? code
                : tcpstore_batch_run(batch, options_timeout_ms(operation->options), error);
}

/* A key satisfies the wait for an entry of a queue with its name, but cannot be popped. */
static enum status refuse_key(const struct operation *operation, struct tcpstore_span key)
{
    struct tcpstore_error error;
    struct tcpstore_batch *batch;
    enum status status = STATUS_OK;

    if (tcpstore_batch_new(operation->client, &error, &batch))
        return report_error(&error);
    if (look_up_both(batch, operation, key, &error))
        status = report_error(&error);
    else if (lookup_reply(batch, 0).number == 1 && lookup_reply(batch, 1).number == 0)
        status = report_not_queue(operation, key);
    tcpstore_batch_free(batch);
    return status;
}

static enum status wait_for_entry(const struct operation *operation, struct tcpstore_span key)
{
    enum status status = refuse_key(operation, key);

    if (status != STATUS_OK || !operation->options->now)
        return status;
    return report_empty(operation, key);
}

enum status command_pop(const struct operation *operation)
{
    static const struct reading reading = {
        tcpstore_queue_pop_now, wait_for_entry, tcpstore_queue_pop, NULL};

    return read_value(operation, &reading);
}

enum status command_qlen(const struct operation *operation)
{
    struct tcpstore_error error;
    struct bytes key = {0};
    enum status status = operation_key(operation, 0, &key);
    int64_t length;

    if (status == STATUS_OK &&
        tcpstore_queue_len(operation->client, bytes_span(&key), &error, &length))
        status = report_error(&error);
    if (status == STATUS_OK)
        output_number(operation, bytes_span(&key), "length", length);
    bytes_done(&key);
    return status;
}
