#include "wire/scan.h"

#include <tcpstore/error.h>

#include "wire/opcode.h"

/*
 * Functions marked UNFOLDED are inlined into the case that scan_request has for each operation.
 * The layout is a constant there, so that no table is walked and members of `reading` stay in
 * registers. A plain walk of the layout table takes 21 to 54 instructions more for a request: a
 * PING 24 %, a SET 15 %, and 20 % to 55 % with clang. See docs/results/scan.md.
 */
#define UNFOLDED static inline __attribute__((always_inline))

/* A request that is being read. */
struct reading {
    struct span bytes;
    const struct wire_limits *limits;
    struct scan *scan;
    struct request *request;
    struct refusal *refusal;
    const uint8_t *at; /* the next field */
    size_t left;       /* bytes from there on */
};

/* Not passed `reading`: taking its address would force it to memory. */
static __attribute__((noinline, cold)) enum scan_verdict refuse(
    struct refusal *refusal, int code, uint8_t opcode, uint64_t actual, uint64_t limit)
{
    *refusal = (struct refusal){
        .code = code, .operation = wire_opcode_name(opcode), .actual = actual, .limit = limit};
    return SCAN_BAD;
}

/* In every layout a value comes after its key, so that `request` has the key. */
static __attribute__((noinline, cold)) enum scan_verdict refuse_value(
    const struct request *request, struct refusal *refusal, uint64_t len, uint64_t limit)
{
    refuse(refusal, TCPSTORE_EVALUESIZE, request->opcode, len, limit);
    refusal->key = request->key;
    return SCAN_BAD;
}

/* The next field takes `len` bytes, and what follows it `rest` if that is empty. */
UNFOLDED enum scan_verdict need_more(const struct reading *reading, uint64_t len, size_t rest)
{
    reading->scan->need = (size_t)(reading->at - reading->bytes.bytes) + (size_t)len + rest;
    return SCAN_MORE;
}

/* Returns the bytes that are passed. */
UNFOLDED const uint8_t *step(struct reading *reading, size_t len)
{
    const uint8_t *field = reading->at;

    reading->at += len;
    reading->left -= len;
    return field;
}

UNFOLDED size_t min_size_of(enum wire_field field)
{
    return field == WIRE_END ? 0 : field == WIRE_U32 ? 4 : 8;
}

/* Reads a key or blob: checks its length and refers to its bytes. */
UNFOLDED enum scan_verdict read_sized(
    struct reading *reading, enum wire_field field, size_t rest, struct span *ret_span)
{
    bool is_key = field == WIRE_KEY;
    size_t limit = is_key ? reading->limits->key_bytes : reading->limits->value_bytes;
    uint64_t len;

    if (reading->left < 8)
        return need_more(reading, 8, rest);
    len = bytes_get_u64(reading->at);
    if (len > limit && is_key)
        return refuse(reading->refusal, TCPSTORE_EKEYSIZE, reading->bytes.bytes[0], len, limit);
    if (len > limit)
        return refuse_value(reading->request, reading->refusal, len, limit);
    if (reading->left - 8 < len)
        return need_more(reading, 8 + len, rest);
    *ret_span = span_of(step(reading, 8 + (size_t)len) + 8, (size_t)len);
    return SCAN_WHOLE;
}

/* `next` is the field after it: the first of two blobs is `expected`. */
UNFOLDED enum scan_verdict read_field(
    struct reading *reading, enum wire_field field, enum wire_field next, size_t rest)
{
    struct request *request = reading->request;

    if (field == WIRE_KEY)
        return read_sized(reading, field, rest, &request->key);
    if (field == WIRE_BLOB)
        return read_sized(
            reading, field, rest,
            next == WIRE_BLOB ? &request->expected : &request->value.span);
    if (reading->left < min_size_of(field))
        return need_more(reading, min_size_of(field), rest);
    if (field == WIRE_U32)
        request->word = bytes_get_u32(step(reading, 4));
    if (field == WIRE_I64)
        request->number = (int64_t)bytes_get_u64(step(reading, 8));
    return SCAN_WHOLE;
}

/* Reads the fields of one item. The items after it take `rest` bytes if they are empty. */
UNFOLDED enum scan_verdict read_item(
    struct reading *reading, enum wire_field first, enum wire_field second,
    enum wire_field third, size_t rest)
{
    enum scan_verdict verdict;

    rest += min_size_of(third);
    verdict = read_field(reading, first, second, min_size_of(second) + rest);
    if (verdict == SCAN_WHOLE)
        verdict = read_field(reading, second, third, rest);
    if (verdict == SCAN_WHOLE)
        verdict = read_field(reading, third, WIRE_END, rest - min_size_of(third));
    return verdict;
}

UNFOLDED struct reading begin(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    struct request *request, struct refusal *refusal)
{
    return (struct reading){
        .bytes = bytes,
        .limits = limits,
        .scan = scan,
        .request = request,
        .refusal = refusal,
        .at = bytes.bytes,
        .left = bytes.len,
    };
}

/* Reads a request without a count. The next call starts over if the request is incomplete. */
UNFOLDED enum scan_verdict scan_fields(
    struct reading reading, enum wire_field first, enum wire_field second,
    enum wire_field third)
{
    enum scan_verdict verdict;

    step(&reading, WIRE_OPCODE_SIZE);
    verdict = read_item(&reading, first, second, third, 0);
    if (verdict != SCAN_WHOLE)
        return verdict;
    reading.request->len = reading.bytes.len - reading.left;
    reading.scan->need = 0;
    return SCAN_WHOLE;
}

UNFOLDED enum scan_verdict read_count(struct reading *reading)
{
    uint64_t count;

    if (reading->bytes.len < WIRE_COUNTED_HEAD) {
        reading->scan->need = WIRE_COUNTED_HEAD;
        return SCAN_MORE;
    }
    count = bytes_get_u64(reading->bytes.bytes + WIRE_OPCODE_SIZE);
    if (count > reading->limits->keys_per_request)
        return refuse(
            reading->refusal, TCPSTORE_EKEYCOUNT, reading->bytes.bytes[0], count,
            reading->limits->keys_per_request);
    reading->scan->items = count;
    reading->scan->at = WIRE_COUNTED_HEAD;
    return SCAN_WHOLE;
}

/* Reads a request with a count. The next call goes on at the first incomplete item. */
UNFOLDED enum scan_verdict scan_items(
    struct reading reading, enum wire_field first, enum wire_field second)
{
    struct scan *scan = reading.scan;
    struct request *request = reading.request;
    size_t min_size = min_size_of(first) + min_size_of(second);

    if (scan->at == 0) {
        enum scan_verdict verdict = read_count(&reading);

        if (verdict != SCAN_WHOLE)
            return verdict;
    }
    step(&reading, scan->at);
    for (; scan->items > 0; scan->items--) {
        enum scan_verdict verdict =
            read_item(&reading, first, second, WIRE_END, (size_t)(scan->items - 1) * min_size);

        if (verdict != SCAN_WHOLE)
            return verdict;
        scan->at = reading.bytes.len - reading.left;
    }
    request->len = scan->at;
    request->key = span_of(NULL, 0);
    request->items.left = bytes_get_u64(reading.bytes.bytes + WIRE_OPCODE_SIZE);
    request->items.at = reading.bytes.bytes + WIRE_COUNTED_HEAD;
    *scan = (struct scan){0};
    return SCAN_WHOLE;
}

/* Not inlined: the scan of a small request would save the registers that these use. */
static __attribute__((noinline)) enum scan_verdict scan_keys(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    struct request *request, struct refusal *refusal)
{
    return scan_items(begin(scan, limits, bytes, request, refusal), WIRE_KEY, WIRE_END);
}

static __attribute__((noinline)) enum scan_verdict scan_pairs(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    struct request *request, struct refusal *refusal)
{
    return scan_items(begin(scan, limits, bytes, request, refusal), WIRE_KEY, WIRE_BLOB);
}

enum scan_verdict scan_request(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    struct request *ret_request, struct refusal *ret_refusal)
{
    if (bytes.len == 0) {
        scan->need = 1;
        return SCAN_MORE;
    }
    ret_request->opcode = bytes.bytes[0];
    ret_request->key = span_of(NULL, 0);
    switch (bytes.bytes[0]) {
#define ARGUMENTS scan, limits, bytes, ret_request, ret_refusal
#define SCAN(name, number, counted, first, second, third)                                     \
    case number:                                                                              \
        return !(counted)                                                                     \
                   ? scan_fields(begin(ARGUMENTS), WIRE_##first, WIRE_##second, WIRE_##third) \
               : WIRE_##second == WIRE_BLOB ? scan_pairs(ARGUMENTS)                           \
                                            : scan_keys(ARGUMENTS);
        WIRE_OPCODES(SCAN)
#undef SCAN
#undef ARGUMENTS
    default:
        return refuse(ret_refusal, TCPSTORE_EOPCODE, bytes.bytes[0], bytes.bytes[0], 0);
    }
}
