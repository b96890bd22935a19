#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/exchange.h"
#include "tcpstore-cli/input.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"

enum status command_push(const struct call *call)
{
    return exchange_write(call, tcpstore_queue_push);
}

enum status command_pop(const struct call *call)
{
    return exchange_read(call, tcpstore_queue_pop, tcpstore_queue_pop_now);
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
