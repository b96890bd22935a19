/* Waiting for workers. Each adds itself to a counter and reads it until it is large enough. The
 * server cannot wait for a number, so the counter is polled, with longer and longer pauses, in
 * which other threads can use the connection. */
#include <inttypes.h>
#include <stdio.h>

#include "base/decimal.h"
#include "client/backoff.h"
#include "client/monotonic.h"
#include "client/perform.h"

static const struct span workers_key = {(const uint8_t *)"init/", 5};

/* The key has no prefix, whatever the handle. */
static int perform_on_counter(struct operation *operation, struct encode request)
{
    request.keys = &workers_key;
    operation->prefix = span_of(NULL, 0);
    return perform_after_wait(operation, request);
}

static int add_worker(struct operation *operation, int64_t *ret_count)
{
    int code = perform_on_counter(operation, (struct encode){.opcode = WIRE_ADD, .number = 1});

    if (code == 0)
        *ret_count = operation->flight->answers[0].number;
    return code;
}

static int read_count(struct operation *operation, int64_t *ret_count)
{
    int code = perform_on_counter(operation, (struct encode){.opcode = WIRE_GET});
    const struct tcpstore_value *value;

    if (code)
        return code;
    value = &operation->flight->values.items[0];
    code = decimal_parse(span_of(value->bytes, value->size), ret_count);
    return code ? operation_fail(operation, code, ": init/ holds no number of workers") : 0;
}

static int fail_with_count(const struct operation *operation, int64_t count, int64_t world_size)
{
    char more[80];

    snprintf(more, sizeof(more), ": %" PRId64 " of %" PRId64 " have joined", count, world_size);
    return operation_fail_timed_out(operation, more);
}

/* The connection is unlocked during the pause, and after an error. */
static int pause_and_read_count(
    struct operation *operation, struct backoff *backoff, int64_t *ret_count)
{
    int code;

    perform_end(operation, 0);
    if (backoff_sleep(backoff, operation->deadline, operation->connection->target.cancel_fd))
        return operation_fail_cancelled(operation, "");
    code = perform_resume(operation);
    if (code)
        return code;
    code = read_count(operation, ret_count);
    return code ? perform_end(operation, code) : 0;
}

int tcpstore_wait_for_workers(
    struct tcpstore_client *client, int64_t world_size, int32_t timeout_ms,
    struct tcpstore_error *error)
{
    struct operation operation = {.verb = "wait for workers"};
    struct backoff backoff = {0};
    int64_t count;
    int code = perform_begin(&operation, client, timeout_ms, error);

    if (code)
        return code;
    code = operation_check_world_size(&operation, world_size);
    if (code == 0)
        code = add_worker(&operation, &count);
    if (code)
        return perform_end(&operation, code);
    while (count < world_size) {
        if (monotonic_now() >= operation.deadline)
            return perform_end(&operation, fail_with_count(&operation, count, world_size));
        code = pause_and_read_count(&operation, &backoff, &count);
        if (code)
            return code;
    }
    return perform_end(&operation, 0);
}
