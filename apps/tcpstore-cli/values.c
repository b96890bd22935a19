#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/exchange.h"
#include "tcpstore-cli/input.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"

enum status command_set(const struct call *call)
{
    return exchange_write(call, tcpstore_set);
}

enum status command_append(const struct call *call)
{
    return exchange_write(call, tcpstore_append);
}

static enum status wait_unless_now(const struct call *call, struct tcpstore_span key)
{
    return call->options->now ? report_absent(call, key) : STATUS_OK;
}

/* A queue satisfies the wait for a key of its name, and reads as an empty value. */
static enum status refuse_queue(const struct call *call, struct tcpstore_span key)
{
    return report_if_queues(call, &key, 1);
}

enum status command_get(const struct call *call)
{
    static const struct reading reading = {
        tcpstore_get_now, wait_unless_now, tcpstore_get, refuse_queue};

    return exchange_read(call, &reading);
}

enum status command_add(const struct call *call)
{
    struct tcpstore_error error;
    struct bytes key = {0};
    enum status status = input_key(call, 0, &key);
    int64_t number = 1;
    int64_t sum;

    if (status == STATUS_OK && call->count > 1)
        status = input_number(call, 1, &number);
    if (status == STATUS_OK &&
        tcpstore_add(call->client, bytes_span(&key), number, &error, &sum))
        status = report_error(&error);
    if (status == STATUS_OK)
        output_number(call, bytes_span(&key), "sum", sum);
    bytes_done(&key);
    return status;
}
