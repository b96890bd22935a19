#include <stdio.h>

#include "tcpstore-cli/batch_answer.h"
#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/input.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"

struct swap {
    struct bytes key;
    struct bytes expected;
    struct bytes desired;
};

static enum status take_swap(const struct call *call, struct swap *swap)
{
    enum status status = input_key(call, 0, &swap->key);

    if (status == STATUS_OK)
        status = input_value(call, 1, &swap->expected);
    if (status == STATUS_OK)
        status = input_value(call, 2, &swap->desired);
    return status;
}

/* The server answers with what is there afterwards; but with EXPECTED where there is no such
 * key, which the CHECK behind it tells from a key that holds it. */
static int fill_swap(
    struct tcpstore_batch *batch, const struct swap *swap, struct tcpstore_error *error)
{
    struct tcpstore_span key = bytes_span(&swap->key);
    int code = tcpstore_batch_compare_set(
        batch, key, bytes_span(&swap->expected), bytes_span(&swap->desired), error);

    return code ? code : tcpstore_batch_check(batch, &key, 1, error);
}

static bool is_same(struct tcpstore_span one, struct tcpstore_span other)
{
    return one.size == other.size &&
           (one.size == 0 || memcmp(one.bytes, other.bytes, one.size) == 0);
}

static enum status tell_swap(
    const struct call *call, const struct swap *swap, const struct tcpstore_batch *batch)
{
    struct tcpstore_span found = batch_answer(batch, 0).value;
    bool there = batch_answer(batch, 1).number != 0;

    if (!there) {
        fputs(
            "tcpstore-cli: nothing stored, there is no such key; an empty EXPECTED makes one\n",
            stderr);
        return STATUS_NO;
    }
    output_value(call, bytes_span(&swap->key), found);
    if (is_same(found, bytes_span(&swap->desired)))
        return STATUS_OK;
    fputs("tcpstore-cli: nothing stored, the value is not EXPECTED but as printed\n", stderr);
    return STATUS_NO;
}

static enum status run_swap(const struct call *call, const struct swap *swap)
{
    struct tcpstore_error error;
    struct tcpstore_batch *batch;
    enum status status;

    if (tcpstore_batch_new(call->client, &error, &batch))
        return report_error(&error);
    if (fill_swap(batch, swap, &error) ||
        tcpstore_batch_run(batch, options_timeout_ms(call->options), &error))
        status = report_error(&error);
    else
        status = tell_swap(call, swap, batch);
    tcpstore_batch_free(batch);
    return status;
}

enum status command_cas(const struct call *call)
{
    struct swap swap = {0};
    enum status status = take_swap(call, &swap);

    if (status == STATUS_OK)
        status = run_swap(call, &swap);
    bytes_done(&swap.key);
    bytes_done(&swap.expected);
    bytes_done(&swap.desired);
    return status;
}
