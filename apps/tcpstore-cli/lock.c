/*
 * A lock is a counter: the client whose ADD makes it 1 has it. COMPARE_SET is not enough: its
 * answer is the same for the client that stored a value and for one that found it there.
 *
 * Happy path: add 1, the sum is 1. Ways to fail beyond those of all commands: the sum is
 * another one, status 1. It is not taken back: the holder may have deleted the key by then, and
 * a counter below 0 would give the lock to no client.
 */
#include <inttypes.h>
#include <stdio.h>

#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/input.h"
#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"

static void print_json(const struct call *call, struct tcpstore_span key, bool locked)
{
    json_t *object = json_bytes_new(&call->options->naming, key);

    json_bytes_set(object, "locked", json_boolean(locked));
    json_bytes_print(object);
}

static enum status tell(const struct call *call, struct tcpstore_span key, int64_t sum)
{
    if (call->options->json)
        print_json(call, key, sum == 1);
    if (sum == 1)
        return STATUS_OK;
    fputs("tcpstore-cli: ", stderr);
    output_key(stderr, call, key);
    fprintf(
        stderr,
        ": not locked, another client has it: the counter is %" PRId64 " and not 1; "
        "'tcpstore-cli del KEY' releases it\n",
        sum);
    return STATUS_NO;
}

enum status command_lock(const struct call *call)
{
    struct tcpstore_error error;
    struct bytes key = {0};
    enum status status = input_key(call, 0, &key);
    int64_t sum;

    if (status == STATUS_OK && tcpstore_add(call->client, bytes_span(&key), 1, &error, &sum))
        status = report_error(&error);
    else if (status == STATUS_OK)
        status = tell(call, bytes_span(&key), sum);
    bytes_done(&key);
    return status;
}
