#include "tcpstore-cli/lookup.h"

#include <assert.h>
#include <stdbool.h>

/* PyTorch's server keeps all replies of a flight in memory, and the sizes of values are known
 * only afterwards. So a flight that reads values asks for as many as would fit into this many
 * bytes if they were as large as those of the flight before, and never for many. */
enum {
    VALUE_FLIGHT_BYTES = 4 << 20,
    FIRST_VALUE_FLIGHT = 16,
    MAX_VALUE_FLIGHT = 64,
};

/* Adds what is asked about one key to a batch. */
typedef int ask_fn(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error);

/* What is asked about each key. Sizes of flights are in keys. */
struct inquiry {
    ask_fn *ask;
    void (*take)(
        struct inquiry *inquiry, size_t key, size_t reply,
        const struct tcpstore_result *result);
    size_t replies_per_key;
    size_t first_flight;
    size_t max_flight;
    bool one_reply_in_memory;

    /* For `take`. */
    const struct tcpstore_span *keys;
    int64_t *numbers;
    lookup_visit_fn *visit;
    void *context;
    bool exists; /* the current key, according to CHECK */

    /* The flight that is under way. */
    size_t begin;
    size_t bytes; /* of the values so far */
};

struct tcpstore_result lookup_reply(const struct tcpstore_batch *batch, size_t index)
{
    struct tcpstore_result result = {0};
    int code = tcpstore_batch_result(batch, index, &result);

    assert(code == 0);
    (void)code;
    return result;
}

static void take_reply(void *context, size_t index, const struct tcpstore_result *result)
{
    struct inquiry *inquiry = context;
    size_t key = inquiry->begin + index / inquiry->replies_per_key;

    inquiry->bytes += result->value.size;
    inquiry->take(inquiry, key, index % inquiry->replies_per_key, result);
}

static int run_batch(
    struct tcpstore_batch *batch, struct inquiry *inquiry, int32_t timeout_ms,
    struct tcpstore_error *error)
{
    int code;

    if (inquiry->one_reply_in_memory)
        return tcpstore_batch_run_each(batch, timeout_ms, take_reply, inquiry, error);
    code = tcpstore_batch_run(batch, timeout_ms, error);
    for (size_t i = 0; code == 0 && i < tcpstore_batch_count(batch); i++) {
        struct tcpstore_result result = lookup_reply(batch, i);

        take_reply(inquiry, i, &result);
    }
    return code;
}

static int run_flight(
    struct tcpstore_batch *batch, struct inquiry *inquiry, size_t count, int32_t timeout_ms,
    struct tcpstore_error *error)
{
    int code = 0;

    inquiry->bytes = 0;
    tcpstore_batch_clear(batch);
    for (size_t i = 0; i < count && code == 0; i++)
        code = inquiry->ask(batch, inquiry->keys[inquiry->begin + i], error);
    return code ? code : run_batch(batch, inquiry, timeout_ms, error);
}

static size_t next_flight(const struct inquiry *inquiry, size_t count)
{
    size_t fitting = count * VALUE_FLIGHT_BYTES / (inquiry->bytes > 0 ? inquiry->bytes : 1);

    if (fitting > inquiry->max_flight)
        return inquiry->max_flight;
    return fitting > 0 ? fitting : 1;
}

static int look_up(
    struct tcpstore_client *client, struct inquiry *inquiry, size_t count, int32_t timeout_ms,
    struct tcpstore_error *error)
{
    struct tcpstore_batch *batch;
    size_t flight = inquiry->first_flight;
    int code = tcpstore_batch_new(client, error, &batch);

    if (code)
        return code;
    while (inquiry->begin < count && code == 0) {
        size_t left = count - inquiry->begin;

        if (flight > left)
            flight = left;
        code = run_flight(batch, inquiry, flight, timeout_ms, error);
        inquiry->begin += flight;
        flight = next_flight(inquiry, flight);
    }
    tcpstore_batch_free(batch);
    return code;
}

static void take_number(
    struct inquiry *inquiry, size_t key, size_t reply, const struct tcpstore_result *result)
{
    (void)reply;
    inquiry->numbers[key] = result->number;
}

/* One number for each key. */
static int look_up_numbers(
    struct tcpstore_client *client, ask_fn *ask, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_numbers)
{
    struct inquiry inquiry = {
        .ask = ask,
        .take = take_number,
        .replies_per_key = 1,
        .first_flight = LOOKUP_FLIGHT,
        .max_flight = LOOKUP_FLIGHT,
        .keys = keys,
        .numbers = ret_numbers,
    };

    return look_up(client, &inquiry, count, timeout_ms, error);
}

static int ask_whether_it_exists(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    return tcpstore_batch_check(batch, &key, 1, error);
}

int lookup_existence(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_exist)
{
    return look_up_numbers(
        client, ask_whether_it_exists, keys, count, timeout_ms, error, ret_exist);
}

int lookup_delete(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_deleted)
{
    return look_up_numbers(
        client, tcpstore_batch_delete, keys, count, timeout_ms, error, ret_deleted);
}

/* GET of a key that does not exist gives an empty value. */
static int clear_lengths_of_keys(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    struct tcpstore_error *error, int64_t *lengths)
{
    for (size_t i = 0; i < count; i++) {
        struct tcpstore_value value = {0};
        int code = 0;

        if (lengths[i] > 0)
            code = tcpstore_get_now(client, keys[i], error, &value);
        if (code == TCPSTORE_ENOKEY || value.size > 0)
            lengths[i] = 0;
        tcpstore_value_free(&value);
        if (code && code != TCPSTORE_ENOKEY)
            return code;
    }
    return 0;
}

int lookup_queue_lengths(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_lengths)
{
    int code = look_up_numbers(
        client, tcpstore_batch_queue_len, keys, count, timeout_ms, error, ret_lengths);

    if (code != TCPSTORE_ELOST)
        return code ? code : clear_lengths_of_keys(client, keys, count, error, ret_lengths);
    for (size_t i = 0; i < count; i++)
        ret_lengths[i] = 0;
    return tcpstore_client_reconnect(client, error);
}

/* GET alone does not distinguish an empty value from a key that does not exist. */
static int ask_for_the_value(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    int code = tcpstore_batch_check(batch, &key, 1, error);

    return code ? code : tcpstore_batch_get(batch, key, error);
}

static void take_value(
    struct inquiry *inquiry, size_t key, size_t reply, const struct tcpstore_result *result)
{
    if (reply == 0)
        inquiry->exists = result->number != 0;
    else if (inquiry->exists)
        inquiry->visit(inquiry->context, inquiry->keys[key], result->value);
}

int lookup_values(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, lookup_visit_fn *visit, void *context, struct tcpstore_error *error)
{
    struct inquiry inquiry = {
        .ask = ask_for_the_value,
        .take = take_value,
        .replies_per_key = 2,
        .first_flight = FIRST_VALUE_FLIGHT,
        .max_flight = MAX_VALUE_FLIGHT,
        .one_reply_in_memory = true,
        .keys = keys,
        .visit = visit,
        .context = context,
    };

    return look_up(client, &inquiry, count, timeout_ms, error);
}
