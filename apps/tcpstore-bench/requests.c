#include "tcpstore-bench/requests.h"

#include <stdlib.h>

#include "tcpstore-bench/clock.h"
#include "tcpstore-bench/fail.h"
#include "wire/encode.h"

/* Above the keys of all other scenarios; a name has digits for 10^16. */
#define FIRST_UNUSED (UINT64_C(3) << 40)
#define KEYS_OF_RUN UINT64_C(1000000000)
#define RUNS UINT64_C(1000000)

static void append(struct requests *requests, const struct encode *encode)
{
    size_t needed = requests->len + encode_size(encode);
    uint8_t *bytes;

    if (needed > requests->capacity) {
        requests->capacity = needed > 2 * requests->capacity ? needed : 2 * requests->capacity;
        bytes = realloc(requests->bytes, requests->capacity);
        if (bytes == NULL)
            fail("no memory for %zu bytes of requests; ask for fewer keys", requests->capacity);
        requests->bytes = bytes;
    }
    encode_request(encode, requests->bytes + requests->len);
    requests->len = needed;
}

void requests_free(struct requests *requests)
{
    free(requests->bytes);
    *requests = (struct requests){0};
}

void requests_name_key(uint64_t index, uint8_t ret_name[KEY_SIZE])
{
    memcpy(ret_name, "/tcpstore-bench/0000000000000000", KEY_SIZE);
    for (uint8_t *digit = ret_name + KEY_SIZE - 1; index > 0; index /= 10)
        *digit-- = (uint8_t)('0' + index % 10);
}

static void append_keyed(struct requests *requests, struct encode encode, uint64_t key)
{
    uint8_t name[KEY_SIZE];
    struct span span;

    requests_name_key(key, name);
    span = span_of(name, KEY_SIZE);
    encode.keys = &span;
    append(requests, &encode);
}

void requests_validate(struct requests *requests)
{
    append(requests, &(struct encode){.opcode = WIRE_VALIDATE, .word = WIRE_VALIDATE_MAGIC});
}

void requests_ping(struct requests *requests, uint32_t nonce)
{
    append(requests, &(struct encode){.opcode = WIRE_PING, .word = nonce});
}

void requests_cancel_wait(struct requests *requests)
{
    append(requests, &(struct encode){.opcode = WIRE_CANCEL_WAIT});
}

void requests_get(struct requests *requests, uint64_t key)
{
    append_keyed(requests, (struct encode){.opcode = WIRE_GET}, key);
}

void requests_set(struct requests *requests, uint64_t key, struct span value)
{
    append_keyed(requests, (struct encode){.opcode = WIRE_SET, .values = &value}, key);
}

void requests_add(struct requests *requests, uint64_t key, int64_t delta)
{
    append_keyed(requests, (struct encode){.opcode = WIRE_ADD, .number = delta}, key);
}

void requests_barrier(struct requests *requests, uint64_t key, int64_t world_size)
{
    append_keyed(requests, (struct encode){.opcode = WIRE_BARRIER, .number = world_size}, key);
}

static struct span *name_keys(uint64_t first, size_t count, uint8_t **ret_names)
{
    struct span *keys = allocate(count, sizeof(*keys));
    uint8_t *names = allocate(count, KEY_SIZE);

    for (size_t i = 0; i < count; i++) {
        requests_name_key(first + i, names + i * KEY_SIZE);
        keys[i] = span_of(names + i * KEY_SIZE, KEY_SIZE);
    }
    *ret_names = names;
    return keys;
}

void requests_keys(
    struct requests *requests, enum wire_opcode opcode, uint64_t first, size_t count)
{
    uint8_t *names;
    struct span *keys = name_keys(first, count, &names);

    append(requests, &(struct encode){.opcode = opcode, .keys = keys, .count = count});
    free(keys);
    free(names);
}

void requests_multi_set(
    struct requests *requests, uint64_t first, size_t count, struct span value)
{
    uint8_t *names;
    struct span *keys = name_keys(first, count, &names);
    struct span *values = allocate(count, sizeof(*values));

    for (size_t i = 0; i < count; i++)
        values[i] = value;
    append(
        requests,
        &(struct encode){
            .opcode = WIRE_MULTI_SET, .keys = keys, .values = values, .count = count});
    free(values);
    free(keys);
    free(names);
}

uint64_t requests_unused_keys(void)
{
    return FIRST_UNUSED + clock_now() / NS_PER_MS % RUNS * KEYS_OF_RUN;
}
