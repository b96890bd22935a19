#include "tcpstore-cli/fetch.h"

#include "tcpstore-cli/report.h"

/* PyTorch's server keeps all answers to a flight in its memory, and how large values are shows
 * only afterwards. So a flight has as many keys as would fit into so many bytes if their values
 * were like the last ones, and few in any case. */
enum {
    FLIGHT_BYTES = 4 << 20,
    FLIGHT_FIRST = 16,
    FLIGHT_MOST = 64,
};

struct flight {
    const struct call *call;
    fetch_fn *visit;
    const struct tcpstore_span *keys;
    size_t count;
    size_t bytes; /* of the values so far */
    bool there;   /* as the CHECK of the current key says */
};

/* An empty value and none look alike: the CHECK tells. */
static int ask(
    struct tcpstore_batch *batch, struct tcpstore_span key, struct tcpstore_error *error)
{
    int code = tcpstore_batch_check(batch, &key, 1, error);

    return code ? code : tcpstore_batch_get(batch, key, error);
}

static void take(void *context, size_t index, const struct tcpstore_result *result)
{
    struct flight *flight = context;

    if (index % 2 == 0) {
        flight->there = result->number != 0;
        return;
    }
    flight->bytes += result->value.size;
    if (flight->there)
        flight->visit(flight->call, flight->keys[index / 2], result->value);
}

static int run(
    struct tcpstore_batch *batch, struct flight *flight, struct tcpstore_error *error)
{
    int code = 0;

    tcpstore_batch_clear(batch);
    for (size_t i = 0; i < flight->count && code == 0; i++)
        code = ask(batch, flight->keys[i], error);
    if (code)
        return code;
    return tcpstore_batch_run_each(
        batch, options_timeout_ms(flight->call->options), take, flight, error);
}

static size_t next_count(const struct flight *flight)
{
    size_t fitting = flight->count * FLIGHT_BYTES / (flight->bytes > 0 ? flight->bytes : 1);

    if (fitting > FLIGHT_MOST)
        return FLIGHT_MOST;
    return fitting > 0 ? fitting : 1;
}

static enum status fetch_with(
    struct tcpstore_batch *batch, const struct call *call, const struct key_list *keys,
    fetch_fn *visit)
{
    size_t most = FLIGHT_FIRST;

    for (size_t from = 0; from < keys->count;) {
        size_t left = keys->count - from;
        struct flight flight = {
            .call = call,
            .visit = visit,
            .keys = keys->spans + from,
            .count = left < most ? left : most,
        };
        struct tcpstore_error error;

        if (run(batch, &flight, &error))
            return report_error(&error);
        most = next_count(&flight);
        from += flight.count;
    }
    return STATUS_OK;
}

enum status fetch(const struct call *call, const struct key_list *keys, fetch_fn *visit)
{
    struct tcpstore_error error;
    struct tcpstore_batch *batch;
    enum status status;

    if (tcpstore_batch_new(call->client, &error, &batch))
        return report_error(&error);
    status = fetch_with(batch, call, keys, visit);
    tcpstore_batch_free(batch);
    return status;
}
