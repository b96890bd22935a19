#include "operations.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 128 << 10, MAX_BYTES = 64 << 20 };

#define LARGE SCENE_LARGE

const struct operation operations[] = {
    {"VALIDATE", .opcode = WIRE_VALIDATE},
    {"SET of 1 byte", .opcode = WIRE_SET, .value = 1, .ends_waits = true},
    {"SET of 4,000 bytes", .opcode = WIRE_SET, .value = 4000, .ends_waits = true},
    {"SET of 8 MiB", .opcode = WIRE_SET, .value = LARGE, .ends_waits = true},
    {"COMPARE_SET of nothing", .opcode = WIRE_COMPARE_SET, .ends_waits = true},
    {"COMPARE_SET of 8 MiB", .opcode = WIRE_COMPARE_SET, .value = LARGE, .expected = LARGE,
     .ends_waits = true},
    {"COMPARE_SET of 8 MiB less a byte", .opcode = WIRE_COMPARE_SET, .value = 1,
     .expected = LARGE - 1, .ends_waits = true},
    {"GET", .opcode = WIRE_GET},
    {"ADD", .opcode = WIRE_ADD, .number = 1, .ends_waits = true},
    {"CHECK", .opcode = WIRE_CHECK},
    {"WAIT", .opcode = WIRE_WAIT},
    {"WAIT, CANCEL_WAIT", .opcode = WIRE_WAIT, .cancels = true},
    {"GETNUMKEYS", .opcode = WIRE_GETNUMKEYS},
    {"DELETE_KEY", .opcode = WIRE_DELETE_KEY},
    {"APPEND of 1 byte", .opcode = WIRE_APPEND, .value = 1, .ends_waits = true},
    {"APPEND of 8 MiB", .opcode = WIRE_APPEND, .value = LARGE, .ends_waits = true},
    {"MULTI_GET", .opcode = WIRE_MULTI_GET},
    {"MULTI_SET of 1 byte each", .opcode = WIRE_MULTI_SET, .value = 1, .ends_waits = true},
    {"MULTI_SET of 4,000 bytes each", .opcode = WIRE_MULTI_SET, .value = 4000,
     .ends_waits = true},
    {"MULTI_SET of 8 MiB each", .opcode = WIRE_MULTI_SET, .value = LARGE, .ends_waits = true},
    {"CANCEL_WAIT", .opcode = WIRE_CANCEL_WAIT},
    {"PING", .opcode = WIRE_PING},
    {"QUEUE_PUSH of 1 byte", .opcode = WIRE_QUEUE_PUSH, .value = 1, .ends_waits = true},
    {"QUEUE_PUSH of 8 MiB", .opcode = WIRE_QUEUE_PUSH, .value = LARGE, .ends_waits = true},
    {"QUEUE_POP", .opcode = WIRE_QUEUE_POP},
    {"QUEUE_LEN", .opcode = WIRE_QUEUE_LEN},
    {"LIST_KEYS", .opcode = WIRE_LIST_KEYS},
    {"BARRIER", .opcode = WIRE_BARRIER, .number = INT64_MAX, .ends_waits = true},
    {"BARRIER that passes", .opcode = WIRE_BARRIER, .number = 1, .ends_waits = true},
};

const size_t operation_count = sizeof(operations) / sizeof(operations[0]);

/* A list has as many names as it may: each of the kind's, as often as they fit. */
static size_t count_of(const struct operation *operation, const struct kind *kind)
{
    size_t most = MAX_BYTES / (operation->value + kind->key_len + 16);

    if (!wire_layout_of((uint8_t)operation->opcode)->counted)
        return 1;
    if (kind->names > 1 && most > kind->names)
        most = kind->names;
    return most < MAX_NAMES ? most : MAX_NAMES;
}

static struct span join(struct span a, struct span b)
{
    uint8_t *bytes = realloc((void *)(uintptr_t)a.bytes, a.len + b.len);

    if (bytes == NULL)
        host_fail("no memory");
    memcpy(bytes + a.len, b.bytes, b.len);
    free((void *)(uintptr_t)b.bytes);
    return span_of(bytes, a.len + b.len);
}

struct span operation_encode(const struct operation *operation, const struct kind *kind)
{
    bool compares = operation->opcode == WIRE_COMPARE_SET;
    size_t count = count_of(operation, kind);
    size_t key_len = scene_key(kind, 0).len;
    uint8_t *names = host_allocate(count, key_len);
    struct span *keys = host_allocate(count, sizeof(*keys));
    struct span *values = host_allocate(count + compares, sizeof(*values));
    struct span bytes;

    for (size_t i = 0; i < count; i++) {
        span_copy(names + i * key_len, scene_key(kind, i % kind->names));
        keys[i] = span_of(names + i * key_len, key_len);
        values[i + compares] = scene_value('v', operation->value);
    }
    if (compares)
        values[0] = scene_value('v', operation->expected);
    bytes = scene_encode(&(struct encode){
        .opcode = operation->opcode,
        .word = WIRE_VALIDATE_MAGIC,
        .number = operation->number,
        .keys = keys,
        .values = values,
        .count = count,
    });
    if (operation->cancels)
        bytes = join(bytes, scene_encode(&(struct encode){.opcode = WIRE_CANCEL_WAIT}));
    free(values);
    free(keys);
    free(names);
    return bytes;
}
