#include "tcpstore-cli/fetch.h"

#include "tcpstore-cli/batch_answer.h"
#include "tcpstore-cli/report.h"

/* How large values are shows only afterwards: a flight has as many as would fit into so many
 * bytes if they were like the last ones, and grows slowly. */
enum {
    FLIGHT_BYTES = 4 << 20,
    FLIGHT_FIRST = 16,
    FLIGHT_GROWTH = 4,
    FLIGHT_MOST = 4096,
};

/* An empty value and none look alike: the CHECK tells. */
static int ask(
    struct tcpstore_batch *batch, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error)
{
    int code = 0;

    tcpstore_batch_clear(batch);
    for (size_t i = 0; i < count && code == 0; i++) {
        code = tcpstore_batch_check(batch, &keys[i], 1, error);
        if (code == 0)
            code = tcpstore_batch_get(batch, keys[i], error);
    }
    return code ? code : tcpstore_batch_run(batch, timeout_ms, error);
}

/* Returns the bytes of the values. */
static size_t show(
    const struct call *call, const struct tcpstore_batch *batch,
    const struct tcpstore_span *keys, size_t count, fetch_fn *visit)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        struct tcpstore_span value = batch_answer(batch, 2 * i + 1).value;

        bytes += value.size;
        if (batch_answer(batch, 2 * i).number != 0)
            visit(call, keys[i], value);
    }
    return bytes;
}

static size_t next_flight(size_t count, size_t bytes)
{
    size_t fitting = count * FLIGHT_BYTES / (bytes > 0 ? bytes : 1);

    if (fitting > count * FLIGHT_GROWTH)
        fitting = count * FLIGHT_GROWTH;
    if (fitting > FLIGHT_MOST)
        return FLIGHT_MOST;
    return fitting > 0 ? fitting : 1;
}

enum status fetch(const struct call *call, const struct key_list *keys, fetch_fn *visit)
{
    int32_t timeout_ms = options_timeout_ms(call->options);
    enum status status = STATUS_OK;
    struct tcpstore_error error;
    struct tcpstore_batch *batch;
    size_t flight = FLIGHT_FIRST;

    if (tcpstore_batch_new(call->client, &error, &batch))
        return report_error(&error);
    for (size_t from = 0; from < keys->count && status == STATUS_OK;) {
        const struct tcpstore_span *some = keys->spans + from;
        size_t count = keys->count - from < flight ? keys->count - from : flight;

        if (ask(batch, some, count, timeout_ms, &error))
            status = report_error(&error);
        else
            flight = next_flight(count, show(call, batch, some, count, visit));
        from += count;
    }
    tcpstore_batch_free(batch);
    return status;
}
