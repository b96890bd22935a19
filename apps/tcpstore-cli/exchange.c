#include "tcpstore-cli/exchange.h"

#include <unistd.h>

#include "common/quantity.h"
#include "tcpstore-cli/input.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"

enum status exchange_confirm(
    const struct call *call, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count, int code, struct tcpstore_error *error)
{
    if (code == 0)
        code = tcpstore_ping(call->client, error);
    if (code == TCPSTORE_ELOST)
        report_unconfirmed(call, call->command->name, keys, values, count);
    return code ? report_error(error) : STATUS_OK;
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
        const struct tcpstore_span keys[] = {bytes_span(&key)};
        const struct tcpstore_span values[] = {bytes_span(&value)};
        int code = write(call->client, keys[0], values[0], &error);

        status = exchange_confirm(call, keys, values, 1, code, &error);
    }
    bytes_done(&value);
    bytes_done(&key);
    return status;
}

/* On a terminal only. */
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

static enum status print_value(
    const struct call *call, const struct reading *reading, struct tcpstore_span key,
    struct tcpstore_span value)
{
    enum status status = STATUS_OK;

    if (value.size == 0 && reading->before_empty != NULL)
        status = reading->before_empty(call, key);
    if (status == STATUS_OK)
        output_value(call, key, value);
    return status;
}

static enum status read_key(
    const struct call *call, const struct reading *reading, struct tcpstore_span key)
{
    struct tcpstore_error error;
    struct tcpstore_value value;
    int code = reading->read_now(call->client, key, &error, &value);
    enum status status;

    if (code == TCPSTORE_ENOKEY) {
        status = reading->before_waiting(call, key);
        if (status != STATUS_OK)
            return status;
        tell_waiting(call, key);
        code =
            reading->read(call->client, key, options_timeout_ms(call->options), &error, &value);
    }
    if (code)
        return report_wait(call, &key, 1, &error);
    status = print_value(call, reading, key, tcpstore_bytes(value.bytes, value.size));
    tcpstore_value_free(&value);
    return status;
}

enum status exchange_read(const struct call *call, const struct reading *reading)
{
    struct bytes key = {0};
    enum status status = input_key(call, 0, &key);

    if (status == STATUS_OK)
        status = read_key(call, reading, bytes_span(&key));
    bytes_done(&key);
    return status;
}
