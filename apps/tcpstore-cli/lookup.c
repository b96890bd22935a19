#include "tcpstore-cli/lookup.h"

#include "tcpstore-cli/report.h"

/* Adds the operation that asks about one key, which has a number for an answer. */
typedef int ask_fn(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error);

static int ask_whether_there(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    return tcpstore_batch_check(batch, &key, 1, error);
}

static int ask_about(
    struct tcpstore_batch *batch, ask_fn *ask, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error)
{
    int code = 0;

    tcpstore_batch_clear(batch);
    for (size_t i = 0; i < count && code == 0; i++)
        code = ask(batch, keys[i], error);
    return code ? code : tcpstore_batch_run(batch, timeout_ms, error);
}

static int ask_about_all(
    struct tcpstore_client *client, ask_fn *ask, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_numbers)
{
    struct tcpstore_batch *batch;
    int code = tcpstore_batch_new(client, error, &batch);

    if (code)
        return code;
    for (size_t from = 0; from < count && code == 0; from += LOOKUP_FLIGHT) {
        size_t flight = count - from < LOOKUP_FLIGHT ? count - from : LOOKUP_FLIGHT;

        code = ask_about(batch, ask, keys + from, flight, timeout_ms, error);
        for (size_t i = 0; i < flight && code == 0; i++)
            ret_numbers[from + i] = lookup_reply(batch, i).number;
    }
    tcpstore_batch_free(batch);
    return code;
}

int lookup_existence(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, int64_t *ret_there)
{
    return ask_about_all(client, ask_whether_there, keys, count, timeout_ms, error, ret_there);
}

/* GET has an empty value where there is no key. */
static int leave_out_keys(
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
    int code = ask_about_all(
        client, tcpstore_batch_queue_len, keys, count, timeout_ms, error, ret_lengths);

    if (code != TCPSTORE_ELOST)
        return code ? code : leave_out_keys(client, keys, count, error, ret_lengths);
    for (size_t i = 0; i < count; i++)
        ret_lengths[i] = 0;
    return tcpstore_client_reconnect(client, error);
}

/* PyTorch's server keeps all answers to a flight in its memory, and how large values are shows
 * only afterwards. So a flight has as many keys as would fit into so many bytes if their values
 * were like the last ones, and few in any case. */
enum {
    FLIGHT_BYTES = 4 << 20,
    FLIGHT_FIRST = 16,
    FLIGHT_MOST = 64,
};

struct flight {
    const struct operation *operation;
    fetch_fn *visit;
    const struct tcpstore_span *keys;
    size_t count;
    size_t bytes; /* of the values so far */
    bool there;   /* as the CHECK of the current key says */
};

/* An empty value and none look alike: the CHECK tells. */
static int ask_for_value(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    int code = tcpstore_batch_check(batch, &key, 1, error);

    return code ? code : tcpstore_batch_get(batch, key, error);
}

static void take_value(void *context, size_t index, const struct tcpstore_result *result)
{
    struct flight *flight = context;

    if (index % 2 == 0) {
        flight->there = result->number != 0;
        return;
    }
    flight->bytes += result->value.size;
    if (flight->there)
        flight->visit(flight->operation, flight->keys[index / 2], result->value);
}

static int run_flight(
    struct tcpstore_batch *batch, struct flight *flight, struct tcpstore_error *error)
{
    int code = 0;

    tcpstore_batch_clear(batch);
    for (size_t i = 0; i < flight->count && code == 0; i++)
        code = ask_for_value(batch, flight->keys[i], error);
    if (code)
        return code;
    return tcpstore_batch_run_each(
        batch, options_timeout_ms(flight->operation->options), take_value, flight, error);
}

static size_t next_count(const struct flight *flight)
{
    size_t fitting = flight->count * FLIGHT_BYTES / (flight->bytes > 0 ? flight->bytes : 1);

    if (fitting > FLIGHT_MOST)
        return FLIGHT_MOST;
    return fitting > 0 ? fitting : 1;
}

static enum status fetch_with(
    struct tcpstore_batch *batch, const struct operation *operation,
    const struct key_list *keys, fetch_fn *visit)
{
    size_t most = FLIGHT_FIRST;

    for (size_t from = 0; from < keys->count;) {
        size_t left = keys->count - from;
        struct flight flight = {
            .operation = operation,
            .visit = visit,
            .keys = keys->spans + from,
            .count = left < most ? left : most,
        };
        struct tcpstore_error error;

        if (run_flight(batch, &flight, &error))
            return report_error(&error);
        most = next_count(&flight);
        from += flight.count;
    }
    return STATUS_OK;
}

enum status fetch(
    const struct operation *operation, const struct key_list *keys, fetch_fn *visit)
{
    struct tcpstore_error error;
    struct tcpstore_batch *batch;
    enum status status;

    if (tcpstore_batch_new(operation->client, &error, &batch))
        return report_error(&error);
    status = fetch_with(batch, operation, keys, visit);
    tcpstore_batch_free(batch);
    return status;
}
