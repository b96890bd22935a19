#include "tcpstore-cli/presence.h"

#include "tcpstore-cli/batch_answer.h"

static int ask(
    struct tcpstore_batch *batch, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error)
{
    int code = 0;

    tcpstore_batch_clear(batch);
    for (size_t i = 0; i < count && code == 0; i++)
        code = tcpstore_batch_check(batch, &keys[i], 1, error);
    return code ? code : tcpstore_batch_run(batch, timeout_ms, error);
}

int presence_check(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, bool *ret_there)
{
    struct tcpstore_batch *batch;
    int code = tcpstore_batch_new(client, error, &batch);

    if (code)
        return code;
    for (size_t from = 0; from < count && code == 0; from += PRESENCE_FLIGHT) {
        size_t flight = count - from < PRESENCE_FLIGHT ? count - from : PRESENCE_FLIGHT;

        code = ask(batch, keys + from, flight, timeout_ms, error);
        for (size_t i = 0; i < flight && code == 0; i++)
            ret_there[from + i] = batch_answer(batch, i).number != 0;
    }
    tcpstore_batch_free(batch);
    return code;
}
