/* Waiting for workers: they count themselves in, and the count is read until it is enough. No
 * server can tell when a counter reaches a number, so it is asked, less often the longer it
 * takes; between two questions the connection is free for others. */
#include <inttypes.h>
#include <stdio.h>

#include "base/decimal.h"
#include "client/backoff.h"
#include "client/call.h"
#include "client/clock.h"

static const struct span workers_key = {(const uint8_t *)"init/", 5};

/* `key` is one of the wire: no prefix changes it. */
static int ask(struct call *call, struct encode encode)
{
    int code;

    encode.keys = &workers_key;
    call->prefix = span_of(NULL, 0);
    code = call_add(call, encode);
    return code ? code : call_run_after_wait(call);
}

static int count_in(struct call *call, int64_t *ret_count)
{
    int code = ask(call, (struct encode){.opcode = WIRE_ADD, .number = 1});

    if (code == 0)
        *ret_count = call->flight->legs[0].number;
    return code;
}

static int read_count(struct call *call, int64_t *ret_count)
{
    int code = ask(call, (struct encode){.opcode = WIRE_GET});
    const struct tcpstore_value *value;

    if (code)
        return code;
    value = &call->flight->values[0];
    code = decimal_parse(span_of(value->bytes, value->size), ret_count);
    return code ? call_fail(call, code, ": init/ holds no number of workers") : 0;
}

static int too_few(struct call *call, int64_t count, int64_t world_size)
{
    char more[80];

    snprintf(more, sizeof(more), ": %" PRId64 " of %" PRId64 " are there", count, world_size);
    return call_fail_in_time(call, more);
}

static int pause_and_read_count(struct call *call, struct backoff *backoff, int64_t *ret_count)
{
    int code;

    call_end(call, 0);
    if (backoff_sleep(backoff, call->deadline, call->connection->target.cancel_fd))
        return call_fail_cancelled(call, "");
    code = call_resume(call);
    if (code)
        return code;
    code = read_count(call, ret_count);
    return code ? call_end(call, code) : 0;
}

int tcpstore_wait_for_workers(
    struct tcpstore_client *client, int64_t world_size, int32_t timeout_ms,
    struct tcpstore_error *error)
{
    struct backoff backoff = {0};
    struct call call;
    int64_t count;
    int code = call_begin(
        &call, client, (struct subject){"wait for workers", NULL, 0}, timeout_ms, error);

    if (code)
        return code;
    code = call_check_world_size(&call, world_size);
    if (code == 0)
        code = count_in(&call, &count);
    if (code)
        return call_end(&call, code);
    while (count < world_size) {
        if (clock_now() >= call.deadline)
            return call_end(&call, too_few(&call, count, world_size));
        code = pause_and_read_count(&call, &backoff, &count);
        if (code)
            return code;
    }
    return call_end(&call, 0);
}
