/* The operations that wait for nothing: each is one request, or two in one flight. */
#include "client/call.h"

#include <stdlib.h>

#include "client/random.h"

/* The call's flight is one request, on one key or none, and is answered. */
static int ask(
    struct call *call, struct tcpstore_client *client, struct subject subject,
    struct encode encode, struct tcpstore_error *error)
{
    struct span key = subject.count > 0 ? span_in(subject.keys[0]) : span_of(NULL, 0);
    int code = call_begin(call, client, subject, TCPSTORE_TIMEOUT, error);

    if (code)
        return code;
    encode.keys = &key;
    code = call_add(call, encode);
    if (code == 0)
        code = call_run(call);
    return code ? call_end(call, code) : 0;
}

/* For a request without an answer. */
static int tell(
    struct tcpstore_client *client, struct subject subject, struct encode encode,
    struct tcpstore_error *error)
{
    struct call call;
    int code = ask(&call, client, subject, encode, error);

    return code ? code : call_end(&call, 0);
}

static int ask_for_number(
    struct tcpstore_client *client, struct subject subject, struct encode encode,
    struct tcpstore_error *error, int64_t *ret_number)
{
    struct call call;
    int code = ask(&call, client, subject, encode, error);

    *ret_number = 0;
    if (code)
        return code;
    *ret_number = call.flight->legs[0].number;
    return call_end(&call, 0);
}

int tcpstore_ping(struct tcpstore_client *client, struct tcpstore_error *error)
{
    return tell(
        client, (struct subject){"ping", NULL, 0},
        (struct encode){.opcode = WIRE_PING, .word = random_word()}, error);
}

int tcpstore_set(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct span bytes = span_in(value);

    return tell(
        client, (struct subject){"set", &key, 1},
        (struct encode){.opcode = WIRE_SET, .values = &bytes}, error);
}

int tcpstore_append(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct span bytes = span_in(value);

    return tell(
        client, (struct subject){"append to", &key, 1},
        (struct encode){.opcode = WIRE_APPEND, .values = &bytes}, error);
}

int tcpstore_queue_push(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct span bytes = span_in(value);

    return tell(
        client, (struct subject){"push to queue", &key, 1},
        (struct encode){.opcode = WIRE_QUEUE_PUSH, .values = &bytes}, error);
}

int tcpstore_multi_set(
    struct tcpstore_client *client, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count, struct tcpstore_error *error)
{
    struct call call;
    int code = call_begin(
        &call, client, (struct subject){"set", keys, count}, TCPSTORE_TIMEOUT, error);

    if (code)
        return code;
    code = call_add_many(&call, WIRE_MULTI_SET, keys, values, count);
    if (code == 0)
        code = call_run(&call);
    return call_end(&call, code);
}

int tcpstore_compare_set(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span expected,
    struct tcpstore_span desired, struct tcpstore_error *error,
    struct tcpstore_value *ret_value)
{
    const struct span values[] = {span_in(expected), span_in(desired)};
    struct call call;
    int code =
        ask(&call, client, (struct subject){"compare and set", &key, 1},
            (struct encode){.opcode = WIRE_COMPARE_SET, .values = values}, error);

    *ret_value = (struct tcpstore_value){0};
    if (code)
        return code;
    flight_take_value(call.flight, 0, ret_value);
    return call_end(&call, 0);
}

static int ask_whether_there(struct call *call, struct span key)
{
    int code = call_add(call, (struct encode){.opcode = WIRE_CHECK, .keys = &key, .count = 1});

    if (code == 0)
        code = call_add(call, (struct encode){.opcode = WIRE_GET, .keys = &key});
    if (code == 0)
        code = call_run(call);
    if (code == 0 && !call->flight->legs[0].number)
        code = call_fail(call, TCPSTORE_ENOKEY, ": no such key");
    return code;
}

int tcpstore_get_now(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    struct tcpstore_value *ret_value)
{
    struct call call;
    int code =
        call_begin(&call, client, (struct subject){"get", &key, 1}, TCPSTORE_TIMEOUT, error);

    *ret_value = (struct tcpstore_value){0};
    if (code)
        return code;
    code = ask_whether_there(&call, span_in(key));
    if (code == 0)
        flight_take_value(call.flight, 1, ret_value);
    return call_end(&call, code);
}

int tcpstore_add(
    struct tcpstore_client *client, struct tcpstore_span key, int64_t delta,
    struct tcpstore_error *error, int64_t *ret_sum)
{
    return ask_for_number(
        client, (struct subject){"add to", &key, 1},
        (struct encode){.opcode = WIRE_ADD, .number = delta}, error, ret_sum);
}

int tcpstore_check(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    struct tcpstore_error *error, bool *ret_ready)
{
    struct call call;
    int code = call_begin(
        &call, client, (struct subject){"check", keys, count}, TCPSTORE_TIMEOUT, error);

    *ret_ready = false;
    if (code)
        return code;
    code = call_add_many(&call, WIRE_CHECK, keys, NULL, count);
    if (code == 0)
        code = call_run(&call);
    if (code == 0)
        *ret_ready = call.flight->legs[0].number;
    return call_end(&call, code);
}

int tcpstore_delete(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    bool *ret_deleted)
{
    int64_t deleted;
    int code = ask_for_number(
        client, (struct subject){"delete", &key, 1}, (struct encode){.opcode = WIRE_DELETE_KEY},
        error, &deleted);

    *ret_deleted = deleted > 0;
    return code;
}

int tcpstore_num_keys(
    struct tcpstore_client *client, struct tcpstore_error *error, int64_t *ret_count)
{
    return ask_for_number(
        client, (struct subject){"count the keys", NULL, 0},
        (struct encode){.opcode = WIRE_GETNUMKEYS}, error, ret_count);
}

int tcpstore_queue_len(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    int64_t *ret_length)
{
    return ask_for_number(
        client, (struct subject){"length of queue", &key, 1},
        (struct encode){.opcode = WIRE_QUEUE_LEN}, error, ret_length);
}

int tcpstore_queue_pop_now(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    struct tcpstore_value *ret_value)
{
    struct call call;
    int code =
        ask(&call, client, (struct subject){"pop from queue", &key, 1},
            (struct encode){.opcode = WIRE_QUEUE_POP}, error);

    *ret_value = (struct tcpstore_value){0};
    if (code)
        return code;
    if (call.flight->legs[0].number == 0)
        return call_end(&call, call_fail(&call, TCPSTORE_ENOKEY, ": it is empty"));
    flight_take_value(call.flight, 0, ret_value);
    return call_end(&call, 0);
}

static bool begins_with(const struct tcpstore_value *value, struct span prefix)
{
    return value->size >= prefix.len && span_equal(span_of(value->bytes, prefix.len), prefix);
}

/* Its terminator included. */
static void strip(struct tcpstore_value *value, size_t len)
{
    char *bytes = value->bytes;

    value->size -= len;
    memmove(bytes, bytes + len, value->size + 1);
}

/* Frees those that do not begin with the prefix, and takes it off the others, in place. Returns
 * how many are left. */
static size_t keep_those_with(struct span prefix, struct tcpstore_value *keys, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (!begins_with(&keys[i], prefix)) {
            tcpstore_value_free(&keys[i]);
            continue;
        }
        strip(&keys[i], prefix.len);
        keys[kept++] = keys[i];
    }
    return kept;
}

int tcpstore_list_keys(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_value **ret_keys, size_t *ret_count)
{
    struct call call;
    size_t count;
    int code =
        ask(&call, client, (struct subject){"list the keys", NULL, 0},
            (struct encode){.opcode = WIRE_LIST_KEYS}, error);

    *ret_keys = NULL;
    *ret_count = 0;
    if (code)
        return code;
    flight_take_values(call.flight, ret_keys, &count);
    *ret_count = keep_those_with(call.prefix, *ret_keys, count);
    return call_end(&call, 0);
}
