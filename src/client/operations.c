/* The operations that are one call of client_perform. */
#include "client/perform.h"

#include <stdlib.h>

#include "client/random.h"

static int perform_for_number(
    struct tcpstore_client *client, struct operation *operation, struct tcpstore_error *error,
    int64_t *ret_number)
{
    struct outcome outcome;
    int code = client_perform(client, operation, TCPSTORE_TIMEOUT, error, &outcome);

    *ret_number = outcome.number;
    return code;
}

/* The value is all zero if the answer has none. */
static int perform_for_value(
    struct tcpstore_client *client, struct operation *operation, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value)
{
    struct outcome outcome;
    int code = client_perform(client, operation, timeout_ms, error, &outcome);

    *ret_value = outcome.value_count > 0 ? outcome.values[0] : (struct tcpstore_value){0};
    free(outcome.values);
    return code;
}

int tcpstore_ping(struct tcpstore_client *client, struct tcpstore_error *error)
{
    struct operation operation = {.verb = "ping", .opcode = WIRE_PING, .nonce = random_word()};

    return client_perform(client, &operation, TCPSTORE_TIMEOUT, error, NULL);
}

int tcpstore_set(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct operation operation = operation_with_value("set", WIRE_SET, &key, &value);

    return client_perform(client, &operation, TCPSTORE_TIMEOUT, error, NULL);
}

int tcpstore_append(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct operation operation = operation_with_value("append to", WIRE_APPEND, &key, &value);

    return client_perform(client, &operation, TCPSTORE_TIMEOUT, error, NULL);
}

int tcpstore_queue_push(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span value,
    struct tcpstore_error *error)
{
    struct operation operation =
        operation_with_value("push to queue", WIRE_QUEUE_PUSH, &key, &value);

    return client_perform(client, &operation, TCPSTORE_TIMEOUT, error, NULL);
}

int tcpstore_multi_set(
    struct tcpstore_client *client, const struct tcpstore_span *keys,
    const struct tcpstore_span *values, size_t count, struct tcpstore_error *error)
{
    struct operation operation = operation_on_keys("set", WIRE_MULTI_SET, keys, count);

    operation.values = values;
    operation.value_count = count;
    return client_perform(client, &operation, TCPSTORE_TIMEOUT, error, NULL);
}

int tcpstore_compare_set(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_span expected,
    struct tcpstore_span desired, struct tcpstore_error *error,
    struct tcpstore_value *ret_value)
{
    const struct tcpstore_span values[] = {expected, desired};
    struct operation operation = operation_on_key("compare and set", WIRE_COMPARE_SET, &key);

    operation.values = values;
    operation.value_count = 2;
    return perform_for_value(client, &operation, TCPSTORE_TIMEOUT, error, ret_value);
}

int tcpstore_get(
    struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value)
{
    struct operation operation = operation_on_key("get", WIRE_GET, &key);

    operation.policy = POLICY_WAIT_FIRST;
    return perform_for_value(client, &operation, timeout_ms, error, ret_value);
}

int tcpstore_get_now(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    struct tcpstore_value *ret_value)
{
    struct operation operation = operation_on_key("get", WIRE_GET, &key);

    operation.policy = POLICY_IF_PRESENT;
    return perform_for_value(client, &operation, TCPSTORE_TIMEOUT, error, ret_value);
}

int tcpstore_multi_get(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error, struct tcpstore_value **ret_values)
{
    struct operation operation = operation_on_keys("get", WIRE_MULTI_GET, keys, count);
    struct outcome outcome;
    int code;

    operation.policy = POLICY_WAIT_FIRST;
    code = client_perform(client, &operation, timeout_ms, error, &outcome);
    *ret_values = outcome.values;
    return code;
}

int tcpstore_add(
    struct tcpstore_client *client, struct tcpstore_span key, int64_t delta,
    struct tcpstore_error *error, int64_t *ret_sum)
{
    struct operation operation = operation_on_key("add to", WIRE_ADD, &key);

    operation.number = delta;
    return perform_for_number(client, &operation, error, ret_sum);
}

int tcpstore_check(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    struct tcpstore_error *error, bool *ret_ready)
{
    struct operation operation = operation_on_keys("check", WIRE_CHECK, keys, count);
    int64_t ready;
    int code = perform_for_number(client, &operation, error, &ready);

    *ret_ready = ready;
    return code;
}

int tcpstore_wait(
    struct tcpstore_client *client, const struct tcpstore_span *keys, size_t count,
    int32_t timeout_ms, struct tcpstore_error *error)
{
    struct operation operation = operation_on_keys("wait for", WIRE_WAIT, keys, count);

    operation.policy = POLICY_WAIT;
    return client_perform(client, &operation, timeout_ms, error, NULL);
}

int tcpstore_delete(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    bool *ret_deleted)
{
    struct operation operation = operation_on_key("delete", WIRE_DELETE_KEY, &key);
    int64_t deleted;
    int code = perform_for_number(client, &operation, error, &deleted);

    *ret_deleted = deleted;
    return code;
}

int tcpstore_num_keys(
    struct tcpstore_client *client, struct tcpstore_error *error, int64_t *ret_count)
{
    struct operation operation = {.verb = "count the keys", .opcode = WIRE_GETNUMKEYS};

    return perform_for_number(client, &operation, error, ret_count);
}

int tcpstore_queue_len(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    int64_t *ret_length)
{
    struct operation operation = operation_on_key("length of queue", WIRE_QUEUE_LEN, &key);

    return perform_for_number(client, &operation, error, ret_length);
}

int tcpstore_queue_pop(
    struct tcpstore_client *client, struct tcpstore_span key, int32_t timeout_ms,
    struct tcpstore_error *error, struct tcpstore_value *ret_value)
{
    struct operation operation = operation_on_key("pop from queue", WIRE_QUEUE_POP, &key);

    operation.policy = POLICY_WAIT_FOR_ENTRY;
    return perform_for_value(client, &operation, timeout_ms, error, ret_value);
}

int tcpstore_queue_pop_now(
    struct tcpstore_client *client, struct tcpstore_span key, struct tcpstore_error *error,
    struct tcpstore_value *ret_value)
{
    struct operation operation = operation_on_key("pop from queue", WIRE_QUEUE_POP, &key);
    int code = perform_for_value(client, &operation, TCPSTORE_TIMEOUT, error, ret_value);

    if (code == 0 && ret_value->bytes == NULL)
        code = operation_fail(&operation, TCPSTORE_ENOKEY, ": the queue is empty");
    return code;
}

static bool begins_with(const struct tcpstore_value *value, struct span prefix)
{
    return value->size >= prefix.len && span_equal(span_of(value->bytes, prefix.len), prefix);
}

/* The terminator moves, too. */
static void remove_front(struct tcpstore_value *value, size_t len)
{
    char *bytes = value->bytes;

    value->size -= len;
    memmove(bytes, bytes + len, value->size + 1);
}

/* Keeps the keys that begin with the prefix, without it, and frees the others. Returns how many
 * are left. */
static size_t keep_prefixed(struct span prefix, struct tcpstore_value *keys, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (!begins_with(&keys[i], prefix)) {
            tcpstore_value_free(&keys[i]);
            continue;
        }
        remove_front(&keys[i], prefix.len);
        keys[kept++] = keys[i];
    }
    return kept;
}

int tcpstore_list_keys(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_value **ret_keys, size_t *ret_count)
{
    struct operation operation = {.verb = "list the keys", .opcode = WIRE_LIST_KEYS};
    struct outcome outcome;
    int code = client_perform(client, &operation, TCPSTORE_TIMEOUT, error, &outcome);

    *ret_keys = outcome.values;
    *ret_count = keep_prefixed(client_prefix(client), outcome.values, outcome.value_count);
    return code;
}
