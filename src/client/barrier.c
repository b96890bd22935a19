/* The barrier of a TCPStore, counted by the server, and that of a PrefixStore, made of keys. */
#include "client/perform.h"

#include <stdlib.h>

/* The keys with which PrefixStore builds its barrier. */
struct barrier_keys {
    struct span members;
    struct span last;
};

static int add_to_members(
    struct operation *barrier, const struct barrier_keys *keys, int64_t delta,
    int64_t *ret_members)
{
    int code = perform_after_wait(
        barrier, (struct encode){.opcode = WIRE_ADD, .keys = &keys->members, .number = delta});

    if (code == 0)
        *ret_members = barrier->flight->answers[0].number;
    return code;
}

static int set_last(struct operation *barrier, const struct barrier_keys *keys)
{
    const struct span one = span_of("1", 1);

    return perform_after_wait(
        barrier, (struct encode){.opcode = WIRE_SET, .keys = &keys->last, .values = &one});
}

/* After a failed wait the client takes its count back, so that its next attempt counts once. */
static int wait_for_last(struct operation *barrier, const struct barrier_keys *keys)
{
    int64_t members;
    int failed, code;

    failed = perform_wait(
        barrier, (struct encode){.opcode = WIRE_WAIT, .keys = &keys->last, .count = 1});
    if ((failed != TCPSTORE_ETIMEDOUT && failed != TCPSTORE_ECANCELED) ||
        connection_is_lost(barrier->connection))
        return failed;
    code = add_to_members(barrier, keys, -1, &members);
    return code ? code : failed;
}

static int pass_with_keys(struct operation *barrier, const struct barrier_keys *keys)
{
    int64_t members;
    int code = add_to_members(barrier, keys, 1, &members);

    if (code)
        return code;
    if (members >= barrier->number)
        return set_last(barrier, keys);
    return wait_for_last(barrier, keys);
}

static int pass_prefix_barrier(struct operation *barrier)
{
    static const char members[] = "/num_members";
    static const char last[] = "/last_member";
    struct span key = span_of(barrier->keys[0].bytes, barrier->keys[0].size);
    uint8_t *names = malloc(2 * key.len + sizeof(members) + sizeof(last));
    struct barrier_keys keys;
    uint8_t *middle, *end;
    int code;

    if (names == NULL)
        return operation_fail(barrier, TCPSTORE_ENOMEM, ": out of memory");
    middle = span_copy(span_copy(names, key), span_of(members, sizeof(members) - 1));
    end = span_copy(span_copy(middle, key), span_of(last, sizeof(last) - 1));
    keys.members = span_of(names, (size_t)(middle - names));
    keys.last = span_of(middle, (size_t)(end - middle));
    code = pass_with_keys(barrier, &keys);
    free(names);
    return code;
}

int tcpstore_barrier(
    struct tcpstore_client *client, struct tcpstore_span key, int64_t world_size,
    int32_t timeout_ms, struct tcpstore_error *error)
{
    struct operation barrier = {
        .verb = "barrier",
        .opcode = WIRE_BARRIER,
        .keys = &key,
        .key_count = 1,
        .number = world_size,
        .policy = POLICY_WAIT};
    int code = perform_begin(&barrier, client, timeout_ms, error);

    if (code)
        return code;
    code = operation_check_world_size(&barrier, world_size);
    if (code == 0)
        code = client->nested ? pass_prefix_barrier(&barrier) : perform(&barrier);
    return perform_end(&barrier, code);
}
