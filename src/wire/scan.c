#include "wire/scan.h"

#include <tcpstore/error.h>

#include "wire/opcode.h"

/*
 * A request that is being read. Functions that are called more than once while a request is
 * read are inline, so that compilers keep it in registers. See docs/results/scan.md.
 */
struct reading {
    struct scan *scan;
    const struct wire_limits *limits;
    struct request *request;
    struct refusal *refusal;
    struct span bytes; /* that have arrived, from the opcode on */
    struct span rest;  /* those not read yet */
    size_t size;       /* of the request, if what has no length yet is empty */
};

static enum scan_verdict need_more(const struct reading *reading)
{
    reading->scan->need = reading->size;
    return SCAN_MORE;
}

static enum scan_verdict refuse(
    const struct reading *reading, int code, uint64_t actual, uint64_t limit)
{
    *reading->refusal = (struct refusal){
        .code = code,
        .operation = wire_opcode_name(reading->request->opcode),
        .actual = actual,
        .limit = limit,
    };
    return SCAN_BAD;
}

/* Reads a length and as many bytes. A length over `limit` is refused with `code`. */
static inline enum scan_verdict read_sized(
    struct reading *reading, size_t limit, int code, struct span *ret_span)
{
    struct span rest = reading->rest;
    uint64_t len;

    if (rest.len < 8)
        return need_more(reading);
    len = bytes_get_u64(rest.bytes);
    if (len > limit)
        return refuse(reading, code, len, limit);
    reading->size += (size_t)len;
    if (rest.len - 8 < len)
        return need_more(reading);
    *ret_span = span_of(rest.bytes + 8, (size_t)len);
    reading->rest = span_from(rest, 8 + (size_t)len);
    return SCAN_WHOLE;
}

static inline enum scan_verdict read_key(struct reading *reading)
{
    return read_sized(
        reading, reading->limits->key_bytes, TCPSTORE_EKEYSIZE, &reading->request->key);
}

/* A refusal has the key, which precedes its values in every layout. */
static inline enum scan_verdict read_value(struct reading *reading, struct span *ret_value)
{
    enum scan_verdict verdict =
        read_sized(reading, reading->limits->value_bytes, TCPSTORE_EVALUESIZE, ret_value);

    if (verdict == SCAN_BAD)
        reading->refusal->key = reading->request->key;
    return verdict;
}

static enum scan_verdict read_number(struct reading *reading)
{
    if (reading->rest.len < 8)
        return need_more(reading);
    reading->request->number = (int64_t)bytes_get_u64(reading->rest.bytes);
    return SCAN_WHOLE;
}

/* Reads a request without a key: its size is fixed. */
static enum scan_verdict scan_keyless(struct reading *reading, const struct wire_layout *layout)
{
    reading->size = WIRE_OPCODE_SIZE + layout->min_size;
    if (reading->bytes.len < reading->size)
        return need_more(reading);
    if (layout->fields[0] == WIRE_U32)
        reading->request->word = bytes_get_u32(reading->bytes.bytes + WIRE_OPCODE_SIZE);
    return SCAN_WHOLE;
}

/* Reads a request with one key. The next call starts over if the request is incomplete. */
static enum scan_verdict scan_keyed(struct reading *reading, const struct wire_layout *layout)
{
    struct request *request = reading->request;
    enum scan_verdict verdict;

    reading->rest = span_from(reading->bytes, WIRE_OPCODE_SIZE);
    reading->size = WIRE_OPCODE_SIZE + layout->min_size;
    verdict = read_key(reading);
    if (verdict == SCAN_WHOLE && layout->fields[2] == WIRE_BLOB)
        verdict = read_value(reading, &request->expected);
    if (verdict != SCAN_WHOLE)
        return verdict;
    if (layout->fields[1] == WIRE_BLOB)
        return read_value(reading, &request->value.span);
    if (layout->fields[1] == WIRE_I64)
        return read_number(reading);
    return SCAN_WHOLE;
}

static enum scan_verdict read_count(struct reading *reading)
{
    size_t limit = reading->limits->keys_per_request;
    uint64_t count;

    reading->size = WIRE_COUNTED_HEAD;
    if (reading->bytes.len < WIRE_COUNTED_HEAD)
        return need_more(reading);
    count = bytes_get_u64(reading->bytes.bytes + WIRE_OPCODE_SIZE);
    if (count > limit)
        return refuse(reading, TCPSTORE_EKEYCOUNT, count, limit);
    reading->scan->items = count;
    reading->scan->at = WIRE_COUNTED_HEAD;
    return SCAN_WHOLE;
}

/* Reads a request with a count. The next call goes on at the first incomplete item. */
static enum scan_verdict scan_items(struct reading *reading, const struct wire_layout *layout)
{
    struct scan *scan = reading->scan;
    struct request *request = reading->request;
    enum scan_verdict verdict = SCAN_WHOLE;

    if (scan->at == 0)
        verdict = read_count(reading);
    if (verdict != SCAN_WHOLE)
        return verdict;
    reading->rest = span_from(reading->bytes, scan->at);
    reading->size = scan->at + (size_t)scan->items * layout->min_size;
    for (; scan->items > 0; scan->items--) {
        verdict = read_key(reading);
        if (verdict == SCAN_WHOLE && layout->fields[1] == WIRE_BLOB)
            verdict = read_value(reading, &request->value.span);
        if (verdict != SCAN_WHOLE)
            return verdict;
        scan->at = reading->bytes.len - reading->rest.len;
    }
    scan->at = 0;
    request->key = span_of(NULL, 0);
    request->items.left = bytes_get_u64(reading->bytes.bytes + WIRE_OPCODE_SIZE);
    request->items.at = reading->bytes.bytes + WIRE_COUNTED_HEAD;
    return SCAN_WHOLE;
}

enum scan_verdict scan_request(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    struct request *ret_request, struct refusal *ret_refusal)
{
    struct reading reading = {
        .scan = scan,
        .limits = limits,
        .request = ret_request,
        .refusal = ret_refusal,
        .bytes = bytes,
        .size = WIRE_OPCODE_SIZE,
    };
    const struct wire_layout *layout;
    enum scan_verdict verdict;

    if (bytes.len == 0)
        return need_more(&reading);
    scan->need = 0;
    ret_request->opcode = bytes.bytes[0];
    ret_request->key = span_of(NULL, 0);
    layout = wire_layout_of(ret_request->opcode);
    if (layout == NULL)
        return refuse(&reading, TCPSTORE_EOPCODE, ret_request->opcode, 0);
    if (layout->fields[0] != WIRE_KEY)
        verdict = scan_keyless(&reading, layout);
    else if (layout->counted)
        verdict = scan_items(&reading, layout);
    else
        verdict = scan_keyed(&reading, layout);
    ret_request->len = reading.size;
    return verdict;
}
