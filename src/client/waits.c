/* The operations that wait. */
#include "client/call.h"

#include <stdlib.h>

#include "client/clock.h"

static int wait_for(struct call *call, const struct tcpstore_span *keys, size_t count)
{
    int code;

    flight_clear(call->flight);
    code = call_add_many(call, WIRE_WAIT, keys, NULL, count);
    return code ? code : call_run_wait(call);
}

/* What a wait was for: one request, all alone. */
static int ask_after_wait(struct call *call, struct encode encode)
{
    int code;

    flight_clear(call->flight);
    code = call_add(call, encode);
    return code ? code : call_run_after_wait(call);
}

int tcpstore_wait(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error)
{
    struct call call;
    int code =
        call_begin(&call, client, (struct subject){"wait for", keys, count}, timeout_ms, error);

    return code ? code : call_end(&call, wait_for(&call, keys, count));
}

int tcpstore_get(
    struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value)
{
    const struct span bytes = span_in(key);
    struct call call;
    int code = call_begin(&call, client, (struct subject){"get", &key, 1}, timeout_ms, error);

    *ret_value = (struct tcpstore_value){0};
    if (code)
        return code;
    code = wait_for(&call, &key, 1);
    if (code == 0)
        code = ask_after_wait(&call, (struct encode){.opcode = WIRE_GET, .keys = &bytes});
    if (code == 0)
        flight_take_value(call.flight, 0, ret_value);
    return call_end(&call, code);
}

int tcpstore_multi_get(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, struct tcpstore_value **ret_values)
{
    struct call call;
    int code =
        call_begin(&call, client, (struct subject){"get", keys, count}, timeout_ms, error);

    *ret_values = NULL;
    if (code)
        return code;
    code = wait_for(&call, keys, count);
    flight_clear(call.flight);
    if (code == 0)
        code = call_add_many(&call, WIRE_MULTI_GET, keys, NULL, count);
    if (code == 0)
        code = call_run_after_wait(&call);
    if (code == 0)
        flight_take_values(call.flight, ret_values, &count);
    return call_end(&call, code);
}

/* Somebody else may have emptied the queue since the wait: then it is waited for again, once
 * more at the least, and until the time is up. */
static int pop(struct call *call, struct tcpstore_span key)
{
    const struct span bytes = span_in(key);
    int code;

    do {
        code = wait_for(call, &key, 1);
        if (code == 0)
            code =
                ask_after_wait(call, (struct encode){.opcode = WIRE_QUEUE_POP, .keys = &bytes});
        if (code || call->flight->legs[0].number > 0)
            return code;
    } while (clock_now() < call->deadline);
    return call_fail_in_time(call, ": others have emptied it each time");
}

int tcpstore_queue_pop(
    struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value)
{
    struct call call;
    int code = call_begin(
        &call, client, (struct subject){"pop from queue", &key, 1}, timeout_ms, error);

    *ret_value = (struct tcpstore_value){0};
    if (code)
        return code;
    code = pop(&call, key);
    if (code == 0)
        flight_take_value(call.flight, 0, ret_value);
    return call_end(&call, code);
}

static int add_to(struct call *call, struct span key, int64_t delta, int64_t *ret_sum)
{
    int code = ask_after_wait(
        call, (struct encode){.opcode = WIRE_ADD, .keys = &key, .number = delta});

    if (code == 0)
        *ret_sum = call->flight->legs[0].number;
    return code;
}

/* The barrier of a store itself, counted by the server. */
static int pass_barrier(struct call *call, struct span key, int64_t world_size)
{
    int code = call_add(
        call, (struct encode){.opcode = WIRE_BARRIER, .keys = &key, .number = world_size});

    return code ? code : call_run_wait(call);
}

/* The keys with which PrefixStore builds its barrier. */
struct barrier_keys {
    struct span members;
    struct tcpstore_span last;
};

/* Whoever is the last tells the others; whoever gives up takes itself back, so that coming
 * again counts once. */
static int meet(struct call *call, const struct barrier_keys *keys, int64_t world_size)
{
    const struct span last = span_in(keys->last);
    const struct span one = span_of("1", 1);
    int64_t members;
    int code = add_to(call, keys->members, 1, &members);

    if (code)
        return code;
    if (members >= world_size)
        return ask_after_wait(
            call, (struct encode){.opcode = WIRE_SET, .keys = &last, .values = &one});
    code = wait_for(call, &keys->last, 1);
    if ((code == TCPSTORE_ETIMEDOUT || code == TCPSTORE_ECANCELED) &&
        !connection_is_lost(call->connection)) {
        int taken_back = add_to(call, keys->members, -1, &members);

        return taken_back ? taken_back : code;
    }
    return code;
}

static int pass_prefix_barrier(struct call *call, struct span key, int64_t world_size)
{
    static const char members[] = "/num_members";
    static const char last[] = "/last_member";
    uint8_t *names = malloc(2 * key.len + sizeof(members) + sizeof(last));
    struct barrier_keys keys;
    uint8_t *middle, *end;
    int code;

    if (names == NULL)
        return call_fail(call, TCPSTORE_ENOMEM, ": out of memory");
    middle = span_copy(span_copy(names, key), span_of(members, sizeof(members) - 1));
    end = span_copy(span_copy(middle, key), span_of(last, sizeof(last) - 1));
    keys.members = span_of(names, (size_t)(middle - names));
    keys.last = tcpstore_bytes(middle, (size_t)(end - middle));
    code = meet(call, &keys, world_size);
    free(names);
    return code;
}

int tcpstore_barrier(
    struct tcpstore_client *client, struct tcpstore_span key, int64_t world_size,
    int32_t timeout_ms, struct tcpstore_error *error)
{
    const struct subject subject = {"barrier", &key, 1};
    struct call call;
    int code = call_begin(&call, client, subject, timeout_ms, error);

    if (code)
        return code;
    code = call_check_world_size(&call, world_size);
    if (code)
        return call_end(&call, code);
    if (client->nested)
        code = pass_prefix_barrier(&call, span_in(key), world_size);
    else
        code = pass_barrier(&call, span_in(key), world_size);
    return call_end(&call, code);
}
