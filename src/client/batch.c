/* Many operations in one flight, which the batch keeps and can send again. */
#include "client/perform.h"

#include <stdlib.h>

#include "base/error.h"
#include "client/random.h"

struct tcpstore_batch {
    struct tcpstore_client *client;
    struct flight flight;
    size_t answered; /* how many operations the last run has answered */
};

int tcpstore_batch_new(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_batch **ret_batch)
{
    const struct connection *connection = client->connection;
    struct tcpstore_batch *batch = calloc(1, sizeof(*batch));

    *ret_batch = NULL;
    if (batch == NULL)
        return error_set(
            error, TCPSTORE_ENOMEM, "out of memory for a batch on %s", connection->server);
    batch->client = client;
    batch->flight.values.bytes_max = connection->answer_bytes_max;
    *ret_batch = batch;
    return 0;
}

static int add(
    struct tcpstore_batch *batch, struct operation *operation, struct tcpstore_error *error)
{
    operation_init(operation, batch->client, &batch->flight, error);
    return operation_add(operation, operation->opcode);
}

int tcpstore_batch_ping(struct tcpstore_batch *batch, struct tcpstore_error *error)
{
    struct operation operation = {.verb = "ping", .opcode = WIRE_PING, .nonce = random_word()};

    return add(batch, &operation, error);
}

int tcpstore_batch_set(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct operation operation = operation_with_value("set", WIRE_SET, &key, &value);

    return add(batch, &operation, error);
}

int tcpstore_batch_compare_set(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span expected,
    struct tcpstore_span desired, struct tcpstore_error *error)
{
    const struct tcpstore_span values[] = {expected, desired};
    struct operation operation = operation_on_key("compare and set", WIRE_COMPARE_SET, &key);

    operation.values = values;
    operation.value_count = 2;
    return add(batch, &operation, error);
}

int tcpstore_batch_get(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    struct operation operation = operation_on_key("get", WIRE_GET, &key);

    return add(batch, &operation, error);
}

int tcpstore_batch_add(
    struct tcpstore_batch *batch, struct tcpstore_span key, int64_t delta,
    struct tcpstore_error *error)
{
    struct operation operation = operation_on_key("add to", WIRE_ADD, &key);

    operation.number = delta;
    return add(batch, &operation, error);
}

int tcpstore_batch_append(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct operation operation = operation_with_value("append to", WIRE_APPEND, &key, &value);

    return add(batch, &operation, error);
}

int tcpstore_batch_check(
    struct tcpstore_batch *batch, const struct tcpstore_span *keys, size_t count,
    struct tcpstore_error *error)
{
    struct operation operation = operation_on_keys("check", WIRE_CHECK, keys, count);

    return add(batch, &operation, error);
}

int tcpstore_batch_delete(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    struct operation operation = operation_on_key("delete", WIRE_DELETE_KEY, &key);

    return add(batch, &operation, error);
}

int tcpstore_batch_queue_push(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct operation operation =
        operation_with_value("push to queue", WIRE_QUEUE_PUSH, &key, &value);

    return add(batch, &operation, error);
}

int tcpstore_batch_queue_pop(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    struct operation operation = operation_on_key("pop from queue", WIRE_QUEUE_POP, &key);

    return add(batch, &operation, error);
}

int tcpstore_batch_queue_len(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    struct operation operation = operation_on_key("length of queue", WIRE_QUEUE_LEN, &key);

    return add(batch, &operation, error);
}

size_t tcpstore_batch_count(const struct tcpstore_batch *batch)
{
    return batch->flight.count;
}

static struct tcpstore_result result_of(const struct flight *flight, size_t index)
{
    const struct answer *answer = &flight->answers[index];
    struct tcpstore_result result = {.number = answer->number};

    if (answer->value_count > 0) {
        const struct tcpstore_value *value = &flight->values.items[answer->first_value];

        result.value = tcpstore_bytes(value->bytes, value->size);
    }
    return result;
}

static int begin_run(
    struct operation *operation, struct tcpstore_batch *batch, int32_t timeout_ms,
    struct tcpstore_error *error)
{
    int code;

    flight_rewind(&batch->flight);
    batch->answered = 0;
    code = perform_begin(operation, batch->client, timeout_ms, error);
    if (code == 0)
        operation->flight = &batch->flight;
    return code;
}

int tcpstore_batch_run(
    struct tcpstore_batch *batch, int32_t timeout_ms, struct tcpstore_error *error)
{
    struct operation operation = {.verb = "batch"};
    int code = begin_run(&operation, batch, timeout_ms, error);

    if (code)
        return code;
    code = perform_flight(&operation);
    if (code == 0)
        batch->answered = batch->flight.count;
    return perform_end(&operation, code);
}

struct visitor {
    tcpstore_result_fn *visit;
    void *context;
};

static void visit_and_drop(void *context, struct flight *flight, size_t index)
{
    const struct visitor *visitor = context;
    struct tcpstore_result result = result_of(flight, index);

    visitor->visit(visitor->context, index, &result);
    values_drop(&flight->values);
}

int tcpstore_batch_run_each(
    struct tcpstore_batch *batch, int32_t timeout_ms, tcpstore_result_fn *visit, void *context,
    struct tcpstore_error *error)
{
    struct visitor visitor = {visit, context};
    struct operation operation = {.verb = "batch"};
    int code = begin_run(&operation, batch, timeout_ms, error);

    if (code)
        return code;
    batch->flight.take = visit_and_drop;
    batch->flight.take_context = &visitor;
    code = perform_flight_each(&operation);
    batch->flight.take = NULL;
    return perform_end(&operation, code);
}

int tcpstore_batch_result(
    const struct tcpstore_batch *batch, size_t index, struct tcpstore_result *ret_result)
{
    *ret_result = (struct tcpstore_result){0};
    if (index >= batch->flight.count)
        return TCPSTORE_EINVAL;
    if (index >= batch->answered)
        return TCPSTORE_ESTATE;
    *ret_result = result_of(&batch->flight, index);
    return 0;
}

void tcpstore_batch_clear(struct tcpstore_batch *batch)
{
    flight_clear(&batch->flight);
    batch->answered = 0;
}

void tcpstore_batch_free(struct tcpstore_batch *batch)
{
    if (batch == NULL)
        return;
    flight_done(&batch->flight);
    free(batch);
}
