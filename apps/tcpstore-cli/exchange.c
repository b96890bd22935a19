#include "tcpstore-cli/exchange.h"

#include <unistd.h>

#include "common/quantity.h"
#include "tcpstore-cli/input.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"

enum status exchange_confirm(const struct call *call, int code, struct tcpstore_error *error)
{
    if (code || tcpstore_ping(call->client, error))
        return report_error(error);
    return STATUS_OK;
}

enum status exchange_write(const struct call *call, write_fn *write)
{
    struct tcpstore_error error;
    struct bytes key = {0};
    struct bytes value = {0};
    enum status status = input_key(call, 0, &key);

    if (status == STATUS_OK)
        status = input_value(call, 1, &value);
    if (status == STATUS_OK) {
        int code = write(call->client, bytes_span(&key), bytes_span(&value), &error);

        status = exchange_confirm(call, code, &error);
    }
    bytes_done(&value);
    bytes_done(&key);
    return status;
}

/* To a person who looks on. */
static void tell_waiting(const struct call *call, struct tcpstore_span key)
{
    char seconds[QUANTITY_TEXT_SIZE];

    if (!isatty(STDERR_FILENO))
        return;
    quantity_format_seconds((uint64_t)options_timeout_ms(call->options), seconds);
    fputs("waiting for ", stderr);
    output_key(stderr, call, key);
    fprintf(stderr, ", %s s at most; --now does not wait\n", seconds);
}

static enum status read_key(
    const struct call *call, struct tcpstore_span key, read_fn *read, read_now_fn *read_now)
{
    struct tcpstore_error error;
    struct tcpstore_value value;
    int code = read_now(call->client, key, &error, &value);

    if (code == TCPSTORE_ENOKEY) {
        if (call->options->now)
            return report_absent(call, key);
        tell_waiting(call, key);
        code = read(call->client, key, options_timeout_ms(call->options), &error, &value);
    }
    if (code)
        return report_wait(call, &key, 1, &error);
    output_value(call, key, tcpstore_bytes(value.bytes, value.size));
    tcpstore_value_free(&value);
    return STATUS_OK;
}

enum status exchange_read(const struct call *call, read_fn *read, read_now_fn *read_now)
{
    struct bytes key = {0};
    enum status status = input_key(call, 0, &key);

    if (status == STATUS_OK)
        status = read_key(call, bytes_span(&key), read, read_now);
    bytes_done(&key);
    return status;
}
