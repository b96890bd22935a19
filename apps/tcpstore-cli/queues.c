#include "tcpstore-cli/batch_answer.h"
#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/exchange.h"
#include "tcpstore-cli/input.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"

enum status command_push(const struct call *call)
{
    return exchange_write(call, tcpstore_queue_push);
}

/* Both in one flight, so that hardly anything comes in between. */
static int look_at(
    struct tcpstore_batch *batch, const struct call *call, struct tcpstore_span key,
    struct tcpstore_error *error)
{
    int code = tcpstore_batch_check(batch, &key, 1, error);

    if (code == 0)
        code = tcpstore_batch_queue_len(batch, key, error);
    return code ? code : tcpstore_batch_run(batch, options_timeout_ms(call->options), error);
}

/* A key satisfies the wait for an entry as one does, and then nothing can be popped. */
static enum status refuse_key(const struct call *call, struct tcpstore_span key)
{
    struct tcpstore_error error;
    struct tcpstore_batch *batch;
    enum status status = STATUS_OK;

    if (tcpstore_batch_new(call->client, &error, &batch))
        return report_error(&error);
    if (look_at(batch, call, key, &error))
        status = report_error(&error);
    else if (batch_answer(batch, 0).number == 1 && batch_answer(batch, 1).number == 0)
        status = report_no_queue(call, key);
    tcpstore_batch_free(batch);
    return status;
}

static enum status wait_unless_now(const struct call *call, struct tcpstore_span key)
{
    enum status status = refuse_key(call, key);

    return status == STATUS_OK && call->options->now ? report_empty(call, key) : status;
}

enum status command_pop(const struct call *call)
{
    static const struct reading reading = {
        tcpstore_queue_pop_now, wait_unless_now, tcpstore_queue_pop, NULL};

    return exchange_read(call, &reading);
}

enum status command_qlen(const struct call *call)
{
    struct tcpstore_error error;
    struct bytes key = {0};
    enum status status = input_key(call, 0, &key);
    int64_t length;

    if (status == STATUS_OK &&
        tcpstore_queue_len(call->client, bytes_span(&key), &error, &length))
        status = report_error(&error);
    if (status == STATUS_OK)
        output_number(call, bytes_span(&key), "length", length);
    bytes_done(&key);
    return status;
}
