#include <stdio.h>

#include "tcpstore-cli/batch_answer.h"
#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/input.h"
#include "tcpstore-cli/json_bytes.h"
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

/* The answer is the value afterwards, no matter which client stored it, or EXPECTED if there is
 * no such key. So a GET in front reads the value before; it is empty if there was no key. */
static int fill_swap(
    struct tcpstore_batch *batch, const struct swap *swap, struct tcpstore_error *error)
{
    struct tcpstore_span key = bytes_span(&swap->key);
    int code = tcpstore_batch_get(batch, key, error);

    if (code)
        return code;
    return tcpstore_batch_compare_set(
        batch, key, bytes_span(&swap->expected), bytes_span(&swap->desired), error);
}

static bool is_same(struct tcpstore_span one, struct bytes other)
{
    return one.size == other.size &&
           (one.size == 0 || memcmp(one.bytes, other.data, one.size) == 0);
}

enum outcome {
    STORED,
    NO_SUCH_KEY,
    OTHER_VALUE,
    SAME_VALUE, /* the value is VALUE, but was not EXPECTED before */
};

static enum outcome outcome_of(
    const struct swap *swap, struct tcpstore_span before, struct tcpstore_span after)
{
    bool is_desired = is_same(after, swap->desired);

    if (is_desired && is_same(before, swap->expected))
        return STORED;
    if (is_same(after, swap->expected))
        return NO_SUCH_KEY;
    return is_desired ? SAME_VALUE : OTHER_VALUE;
}

static void print_json(
    const struct call *call, const struct swap *swap, struct tcpstore_span value, bool stored)
{
    json_t *object = json_bytes_new(&call->options->naming, bytes_span(&swap->key));

    json_bytes_set(object, "value", json_bytes_of(value));
    json_bytes_set(object, "stored", json_boolean(stored));
    json_bytes_print(object);
}

static enum status tell_swap(
    const struct call *call, const struct swap *swap, const struct tcpstore_batch *batch)
{
    static const char *const reasons[] = {
        [NO_SUCH_KEY] = "there is no such key; an empty EXPECTED makes one",
        [OTHER_VALUE] = "the value is not EXPECTED; stdout has it",
        [SAME_VALUE] = "the value is VALUE already; for a lock, use 'lock KEY'",
    };
    struct tcpstore_span after = batch_answer(batch, 1).value;
    enum outcome outcome = outcome_of(swap, batch_answer(batch, 0).value, after);

    if (outcome != NO_SUCH_KEY && call->options->json)
        print_json(call, swap, after, outcome == STORED);
    else if (outcome != NO_SUCH_KEY)
        output_value(call, bytes_span(&swap->key), after);
    if (outcome == STORED)
        return STATUS_OK;
    fprintf(stderr, "tcpstore-cli: nothing stored, %s\n", reasons[outcome]);
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
