#include "tcpstore-cli/presence.h"

#include "tcpstore-cli/batch_answer.h"

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
    for (size_t from = 0; from < count && code == 0; from += PRESENCE_FLIGHT) {
        size_t flight = count - from < PRESENCE_FLIGHT ? count - from : PRESENCE_FLIGHT;

        code = ask_about(batch, ask, keys + from, flight, timeout_ms, error);
        for (size_t i = 0; i < flight && code == 0; i++)
            ret_numbers[from + i] = batch_answer(batch, i).number;
    }
    tcpstore_batch_free(batch);
    return code;
}

int presence_check(
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

int presence_of_queues(
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
