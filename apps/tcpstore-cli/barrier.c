#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/input.h"
#include "tcpstore-cli/report.h"

static enum status come(
    const struct call *call, struct tcpstore_client *client, struct tcpstore_span key,
    int64_t world_size)
{
    struct tcpstore_error error;

    if (tcpstore_barrier(client, key, world_size, options_timeout_ms(call->options), &error))
        return report_error(&error);
    return STATUS_OK;
}

/* PrefixStore's barrier is another one than TCPStore's. The library has the one or the other by
 * the handle, so that a name that has a prefix needs a handle that has it, too. */
static enum status come_by_prefix(
    const struct call *call, struct tcpstore_span name, int64_t world_size)
{
    struct tcpstore_client *prefixed;
    struct tcpstore_error error;
    struct bytes prefix = {0};
    enum status status;

    bytes_append_text(&prefix, "/");
    bytes_append_text(&prefix, call->options->naming.prefix);
    if (tcpstore_client_prefix(call->client, prefix.data, &error, &prefixed)) {
        status = report_error(&error);
    } else {
        status = come(call, prefixed, name, world_size);
        tcpstore_client_free(prefixed);
    }
    bytes_done(&prefix);
    return status;
}

enum status command_barrier(const struct call *call)
{
    struct bytes wire = {0};
    int64_t world_size;
    enum status status = input_number(call, 1, &world_size);

    if (status == STATUS_OK)
        status = input_key(call, 0, &wire);
    if (status == STATUS_OK) {
        struct tcpstore_span key = bytes_span(&wire);
        struct name name = naming_name(&call->options->naming, key);

        if (call->options->naming.prefix != NULL && !name.raw)
            status = come_by_prefix(call, name.bytes, world_size);
        else
            status = come(call, call->client, key, world_size);
    }
    bytes_done(&wire);
    return status;
}
