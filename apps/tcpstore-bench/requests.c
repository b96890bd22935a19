#include "tcpstore-bench/requests.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "common/clock.h"
#include "tcpstore-bench/fail.h"
#include "wire/encode.h"

/* Above the keys of all other scenarios; names have 16 digits. */
#define FIRST_UNUSED (UINT64_C(3) << 40)
#define KEYS_OF_RUN UINT64_C(1000000000)
#define RUNS UINT64_C(1000000)

enum {
    LARGE = 1024, /* bytes; copying a smaller value is cheaper than another piece */
    LENGTH_SIZE = 8,
    ITEM_SIZE = LENGTH_SIZE + KEY_SIZE + LENGTH_SIZE, /* a key and an empty value */
};

static void *grow(void *memory, size_t needed, size_t item_size, size_t *capacity)
{
    void *grown;

    if (needed <= *capacity)
        return memory;
    *capacity = needed > 2 * *capacity ? needed : 2 * *capacity;
    grown = realloc(memory, *capacity * item_size);
    if (grown == NULL)
        fail("no memory for %zu bytes of requests; use fewer --keys", *capacity * item_size);
    return grown;
}

static void append(struct requests *requests, const struct encode *encode)
{
    size_t needed = requests->len + encode_size(encode);

    requests->bytes = grow(requests->bytes, needed, 1, &requests->capacity);
    encode_request(encode, requests->bytes + requests->len);
    requests->len = needed;
}

static void add_gap(struct requests *requests, size_t offset)
{
    requests->gaps = grow(
        requests->gaps, requests->gap_count + 1, sizeof(*requests->gaps),
        &requests->gap_capacity);
    requests->gaps[requests->gap_count++] = offset;
}

/* Replaces the empty values of the last `count` key-value pairs by a large one. */
static void open_gaps(struct requests *requests, size_t count, struct span value)
{
    size_t first = requests->len - count * ITEM_SIZE;

    for (size_t i = 1; i <= count; i++) {
        size_t end = first + i * ITEM_SIZE;

        bytes_put_u64(requests->bytes + end - LENGTH_SIZE, value.len);
        add_gap(requests, end);
    }
    requests->value = value;
}

void requests_clear(struct requests *requests)
{
    requests->len = 0;
    requests->gap_count = 0;
}

void requests_free(struct requests *requests)
{
    free(requests->bytes);
    free(requests->gaps);
    free(requests->pieces);
    *requests = (struct requests){0};
}

static struct iovec piece_of(const void *bytes, size_t len)
{
    return (struct iovec){.iov_base = (void *)bytes, .iov_len = len};
}

/* Every unit ends at the end of a piece. */
struct pieces requests_pieces(struct requests *requests, size_t units)
{
    size_t unit_len = requests->len / units;
    size_t needed = 2 * requests->gap_count + units;
    size_t count = 0;
    size_t gap = 0;
    size_t at = 0;

    requests->pieces =
        grow(requests->pieces, needed, sizeof(*requests->pieces), &requests->piece_capacity);
    for (size_t end = unit_len; end <= requests->len; end += unit_len) {
        for (; gap < requests->gap_count && requests->gaps[gap] <= end; gap++) {
            requests->pieces[count++] =
                piece_of(requests->bytes + at, requests->gaps[gap] - at);
            requests->pieces[count++] = piece_of(requests->value.bytes, requests->value.len);
            at = requests->gaps[gap];
        }
        if (at < end)
            requests->pieces[count++] = piece_of(requests->bytes + at, end - at);
        at = end;
    }
    return (struct pieces){.first = requests->pieces, .count = count};
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
    bool is_large = value.len >= LARGE;
    struct span inner = is_large ? span_of(NULL, 0) : value;

    append_keyed(requests, (struct encode){.opcode = WIRE_SET, .values = &inner}, key);
    if (is_large)
        open_gaps(requests, 1, value);
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
    bool is_large = value.len >= LARGE;

    for (size_t i = 0; i < count; i++)
        values[i] = is_large ? span_of(NULL, 0) : value;
    append(
        requests,
        &(struct encode){
            .opcode = WIRE_MULTI_SET, .keys = keys, .values = values, .count = count});
    if (is_large)
        open_gaps(requests, count, value);
    free(values);
    free(keys);
    free(names);
}

uint64_t requests_unused_keys(void)
{
    return FIRST_UNUSED + clock_now() / NS_PER_MS % RUNS * KEYS_OF_RUN;
}
