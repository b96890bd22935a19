/* Many operations in one flight, which the batch keeps and can send again. */
#include "client/call.h"

#include <stdlib.h>

#include "base/error.h"
#include "client/random.h"

struct tcpstore_batch {
    struct tcpstore_client *client;
    struct flight flight;
    size_t answered; /* legs in the last run */
};

int tcpstore_batch_new(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_batch **ret_batch)
{
    struct tcpstore_batch *batch = calloc(1, sizeof(*batch));

    *ret_batch = NULL;
    if (batch == NULL)
        return error_set(
            error, TCPSTORE_ENOMEM, "out of memory for a batch on %s",
            tcpstore_client_server(client));
    batch->client = client;
    batch->flight.answer_bytes_max = client->connection->answer_bytes_max;
    *ret_batch = batch;
    return 0;
}

static int add(
    struct tcpstore_batch *batch, struct subject subject, struct encode encode,
    struct tcpstore_error *error)
{
    struct span key = subject.count > 0 ? span_in(subject.keys[0]) : span_of(NULL, 0);
    struct call call;

    call_init(&call, batch->client, subject, &batch->flight, error);
    encode.keys = &key;
    return call_add(&call, encode);
}

int tcpstore_batch_ping(struct tcpstore_batch *batch, struct tcpstore_error *error)
{
    return add(
        batch, (struct subject){"ping", NULL, 0},
        (struct encode){.opcode = WIRE_PING, .word = random_word()}, error);
}

int tcpstore_batch_set(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct span bytes = span_in(value);

    return add(
        batch, (struct subject){"set", &key, 1},
        (struct encode){.opcode = WIRE_SET, .values = &bytes}, error);
}

int tcpstore_batch_compare_set(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span expected,
    struct tcpstore_span desired, struct tcpstore_error *error)
{
    const struct span values[] = {span_in(expected), span_in(desired)};

    return add(
        batch, (struct subject){"compare and set", &key, 1},
        (struct encode){.opcode = WIRE_COMPARE_SET, .values = values}, error);
}

int tcpstore_batch_get(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    return add(
        batch, (struct subject){"get", &key, 1}, (struct encode){.opcode = WIRE_GET}, error);
}

int tcpstore_batch_add(
    struct tcpstore_batch *batch, struct tcpstore_span key, int64_t delta,
    struct tcpstore_error *error)
{
    return add(
        batch, (struct subject){"add to", &key, 1},
        (struct encode){.opcode = WIRE_ADD, .number = delta}, error);
}

int tcpstore_batch_append(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct span bytes = span_in(value);

    return add(
        batch, (struct subject){"append to", &key, 1},
        (struct encode){.opcode = WIRE_APPEND, .values = &bytes}, error);
}

int tcpstore_batch_check(
    struct tcpstore_batch *batch, const struct tcpstore_span *keys, size_t count,
    struct tcpstore_error *error)
{
    struct call call;

    call_init(
        &call, batch->client, (struct subject){"check", keys, count}, &batch->flight, error);
    return call_add_many(&call, WIRE_CHECK, keys, NULL, count);
}

int tcpstore_batch_delete(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    return add(
        batch, (struct subject){"delete", &key, 1}, (struct encode){.opcode = WIRE_DELETE_KEY},
        error);
}

int tcpstore_batch_queue_push(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct span bytes = span_in(value);

    return add(
        batch, (struct subject){"push to queue", &key, 1},
        (struct encode){.opcode = WIRE_QUEUE_PUSH, .values = &bytes}, error);
}

int tcpstore_batch_queue_pop(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    return add(
        batch, (struct subject){"pop from queue", &key, 1},
        (struct encode){.opcode = WIRE_QUEUE_POP}, error);
}

int tcpstore_batch_queue_len(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    return add(
        batch, (struct subject){"length of queue", &key, 1},
        (struct encode){.opcode = WIRE_QUEUE_LEN}, error);
}

size_t tcpstore_batch_count(const struct tcpstore_batch *batch)
{
    return batch->flight.count;
}

static struct tcpstore_result result_of(const struct flight *flight, size_t index)
{
    const struct leg *leg = &flight->legs[index];
    struct tcpstore_result result = {.number = leg->number};

    if (leg->value_count > 0) {
        const struct tcpstore_value *value = &flight->values[leg->first_value];

        result.value = tcpstore_bytes(value->bytes, value->size);
    }
    return result;
}

static int begin_run(
    struct call *call, struct tcpstore_batch *batch, int32_t timeout_ms,
    struct tcpstore_error *error)
{
    int code;

    flight_rewind(&batch->flight);
    batch->answered = 0;
    code =
        call_begin(call, batch->client, (struct subject){"batch", NULL, 0}, timeout_ms, error);
    if (code == 0)
        call->flight = &batch->flight;
    return code;
}

int tcpstore_batch_run(
    struct tcpstore_batch *batch, int32_t timeout_ms, struct tcpstore_error *error)
{
    struct call call;
    int code = begin_run(&call, batch, timeout_ms, error);

    if (code)
        return code;
    code = call_run(&call);
    if (code == 0)
        batch->answered = batch->flight.count;
    return call_end(&call, code);
}

struct visit {
    tcpstore_result_fn *visit;
    void *context;
};

static void visit_and_drop(void *context, struct flight *flight, size_t index)
{
    const struct visit *visit = context;
    struct tcpstore_result result = result_of(flight, index);

    visit->visit(visit->context, index, &result);
    flight_drop_values(flight);
}

int tcpstore_batch_run_each(
    struct tcpstore_batch *batch, int32_t timeout_ms, tcpstore_result_fn *visit, void *context,
    struct tcpstore_error *error)
{
    struct visit taker = {visit, context};
    struct call call;
    int code = begin_run(&call, batch, timeout_ms, error);

    if (code)
        return code;
    batch->flight.take = visit_and_drop;
    batch->flight.take_context = &taker;
    code = call_run_each(&call);
    batch->flight.take = NULL;
    return call_end(&call, code);
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
