/* Commands by which clients agree: compare and set, lock, barrier. */
#include <inttypes.h>
#include <stdio.h>

#include "tcpstore-cli/json_bytes.h"
#include "tcpstore-cli/lookup.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"
#include "tcpstore-cli/verbs.h"

struct swap {
    struct bytes key;
    struct bytes expected;
    struct bytes desired;
};

static enum status take_swap(const struct operation *operation, struct swap *swap)
{
    enum status status = operation_key(operation, 0, &swap->key);

    if (status == STATUS_OK)
        status = operation_value(operation, 1, &swap->expected);
    if (status == STATUS_OK)
        status = operation_value(operation, 2, &swap->desired);
    return status;
}

/* The reply to COMPARE_SET is the resulting value, whichever client stored it, or EXPECTED if
 * the key does not exist. So a GET before it reads the old value; it is empty without a key. */
static int fill_batch(
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

static void print_swap(
    const struct operation *operation, const struct swap *swap, struct tcpstore_span value,
    bool stored)
{
    json_t *object;

    if (!operation->options->json) {
        output_value(operation, bytes_span(&swap->key), value);
        return;
    }
    object = json_bytes_new(&operation->options->naming, bytes_span(&swap->key));
    json_bytes_set(object, "value", json_bytes_of(value));
    json_bytes_set(object, "stored", json_boolean(stored));
    json_bytes_print(object);
}

static enum status report_swap(
    const struct operation *operation, const struct swap *swap,
    const struct tcpstore_batch *batch)
{
    static const char *const reasons[] = {
        [NO_SUCH_KEY] = "the key does not exist; an empty EXPECTED creates it",
        [OTHER_VALUE] = "the value is not EXPECTED; stdout has it",
        [SAME_VALUE] = "the value is VALUE already; for a lock, use 'lock KEY'",
    };
    struct tcpstore_span after = lookup_reply(batch, 1).value;
    enum outcome outcome = outcome_of(swap, lookup_reply(batch, 0).value, after);

    if (outcome != NO_SUCH_KEY)
        print_swap(operation, swap, after, outcome == STORED);
    if (outcome == STORED)
        return STATUS_OK;
    fprintf(stderr, "tcpstore-cli: nothing stored: %s\n", reasons[outcome]);
    return STATUS_NO;
}

static enum status run_swap(const struct operation *operation, const struct swap *swap)
{
    struct tcpstore_error error;
    struct tcpstore_batch *batch;
    enum status status;

    if (tcpstore_batch_new(operation->client, &error, &batch))
        return report_error(&error);
    if (fill_batch(batch, swap, &error) ||
        tcpstore_batch_run(batch, options_timeout_ms(operation->options), &error))
        status = report_error(&error);
    else
        status = report_swap(operation, swap, batch);
    tcpstore_batch_free(batch);
    return status;
}

enum status command_cas(const struct operation *operation)
{
    struct swap swap = {0};
    enum status status = take_swap(operation, &swap);

    if (status == STATUS_OK)
        status = run_swap(operation, &swap);
    bytes_done(&swap.key);
    bytes_done(&swap.expected);
    bytes_done(&swap.desired);
    return status;
}

static enum status report_lock(
    const struct operation *operation, struct tcpstore_span key, int64_t sum)
{
    if (operation->options->json)
        output_json(operation, key, "locked", json_boolean(sum == 1));
    if (sum == 1)
        return STATUS_OK;
    fputs("tcpstore-cli: ", stderr);
    output_key(stderr, operation, key);
    fprintf(
        stderr,
        ": not locked, another client holds it: the counter is %" PRId64 " and not 1; "
        "'tcpstore-cli del KEY' releases it\n",
        sum);
    return STATUS_NO;
}

/*
 * A lock is a counter. The client whose ADD makes it 1 holds the lock. COMPARE_SET is not
 * enough: it gives the same reply to the client that stored a value and to one that found it.
 *
 * A sum other than 1 is not undone: the holder may have deleted the key since, and a
 * counter below 0 would give the lock to no client.
 */
enum status command_lock(const struct operation *operation)
{
    struct tcpstore_error error;
    struct bytes key = {0};
    enum status status = operation_key(operation, 0, &key);
    int64_t sum;

    if (status == STATUS_OK &&
        tcpstore_add(operation->client, bytes_span(&key), 1, &error, &sum))
        status = report_error(&error);
    else if (status == STATUS_OK)
        status = report_lock(operation, bytes_span(&key), sum);
    bytes_done(&key);
    return status;
}

static enum status join(
    const struct operation *operation, struct tcpstore_client *client, struct tcpstore_span key,
    int64_t world_size)
{
    int32_t timeout_ms = options_timeout_ms(operation->options);
    struct tcpstore_error error;

    if (tcpstore_barrier(client, key, world_size, timeout_ms, &error))
        return report_error(&error);
    return STATUS_OK;
}

/* The barrier of PrefixStore differs from that of TCPStore. The library chooses by the client,
 * so a key with a prefix needs a client with that prefix. */
static enum status join_with_prefix(
    const struct operation *operation, struct tcpstore_span key, int64_t world_size)
{
    struct tcpstore_client *prefixed;
    struct tcpstore_error error;
    struct bytes prefix = {0};
    enum status status;

    bytes_append_text(&prefix, "/");
    bytes_append_text(&prefix, operation->options->naming.prefix);
    if (tcpstore_client_prefix(operation->client, prefix.data, &error, &prefixed)) {
        status = report_error(&error);
    } else {
        status = join(operation, prefixed, key, world_size);
        tcpstore_client_free(prefixed);
    }
    bytes_done(&prefix);
    return status;
}

enum status command_barrier(const struct operation *operation)
{
    const struct naming *naming = &operation->options->naming;
    struct bytes wire = {0};
    int64_t world_size;
    enum status status = operation_number(operation, 1, &world_size);

    if (status == STATUS_OK)
        status = operation_key(operation, 0, &wire);
    if (status == STATUS_OK) {
        struct tcpstore_span key = bytes_span(&wire);
        struct user_key user_key = naming_user_key(naming, key);

        if (naming->prefix != NULL && !user_key.raw)
            status = join_with_prefix(operation, user_key.bytes, world_size);
        else
            status = join(operation, operation->client, key, world_size);
    }
    bytes_done(&wire);
    return status;
}
