#include "wire/scan.h"

#include <tcpstore/error.h>

#include "base/bytes.h"
#include "wire/opcode.h"

static enum scan_verdict refuse(
    struct refusal *ret_refusal, int code, uint8_t opcode, uint64_t actual, uint64_t limit)
{
    *ret_refusal = (struct refusal){
        .code = code, .operation = wire_opcode_name(opcode), .actual = actual, .limit = limit};
    return SCAN_BAD;
}

static bool have(const struct scan *scan, struct span bytes, size_t len)
{
    return bytes.len - scan->at >= len;
}

/* The current field alone takes `len` bytes; of those after it, none takes less than it
 * would if it were empty. */
static enum scan_verdict want(struct scan *scan, const struct wire_layout *layout, size_t len)
{
    scan->need = scan->at + len + (size_t)(scan->items - 1) * layout->least;
    for (const uint8_t *field = &layout->fields[scan->field + 1]; *field != WIRE_END; field++)
        scan->need += *field == WIRE_U32 ? 4 : 8;
    return SCAN_MORE;
}

static enum scan_verdict take(
    struct scan *scan, struct span bytes, const struct wire_layout *layout, size_t len)
{
    if (!have(scan, bytes, len))
        return want(scan, layout, len);
    scan->at += len;
    return SCAN_WHOLE;
}

/* A key or blob: its length, checked, and its bytes. */
static enum scan_verdict scan_sized(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    const struct wire_layout *layout, struct refusal *ret_refusal)
{
    bool is_key = layout->fields[scan->field] == WIRE_KEY;
    size_t limit = is_key ? limits->key_bytes : limits->value_bytes;
    int code = is_key ? TCPSTORE_EKEYSIZE : TCPSTORE_EVALUESIZE;
    uint64_t len;

    if (!have(scan, bytes, 8))
        return want(scan, layout, 8);
    len = bytes_get_u64(bytes.bytes + scan->at);
    if (len > limit)
        return refuse(ret_refusal, code, bytes.bytes[0], len, limit);
    return take(scan, bytes, layout, 8 + (size_t)len);
}

static enum scan_verdict scan_field(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    const struct wire_layout *layout, struct refusal *ret_refusal)
{
    switch (layout->fields[scan->field]) {
    case WIRE_U32:
        return take(scan, bytes, layout, 4);
    case WIRE_I64:
        return take(scan, bytes, layout, 8);
    default:
        return scan_sized(scan, limits, bytes, layout, ret_refusal);
    }
}

static enum scan_verdict scan_count(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    const struct wire_layout *layout, struct refusal *ret_refusal)
{
    uint64_t count = 1;

    if (layout->counted) {
        if (!have(scan, bytes, 8)) {
            scan->need = scan->at + 8;
            return SCAN_MORE;
        }
        count = bytes_get_u64(bytes.bytes + scan->at);
        if (count > limits->keys_per_request)
            return refuse(
                ret_refusal, TCPSTORE_EKEYCOUNT, bytes.bytes[0], count,
                limits->keys_per_request);
        scan->at += 8;
    }
    scan->items = count;
    scan->counted = true;
    return SCAN_WHOLE;
}

enum scan_verdict scan_request(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    struct refusal *ret_refusal)
{
    const struct wire_layout *layout;
    enum scan_verdict verdict;

    if (bytes.len == 0) {
        scan->need = 1;
        return SCAN_MORE;
    }
    layout = wire_layout_of(bytes.bytes[0]);
    if (layout == NULL)
        return refuse(ret_refusal, TCPSTORE_EOPCODE, bytes.bytes[0], bytes.bytes[0], 0);
    if (scan->at == 0)
        scan->at = 1;
    if (!scan->counted) {
        verdict = scan_count(scan, limits, bytes, layout, ret_refusal);
        if (verdict != SCAN_WHOLE)
            return verdict;
    }
    for (; scan->items > 0; scan->items--, scan->field = 0) {
        for (; layout->fields[scan->field] != WIRE_END; scan->field++) {
            verdict = scan_field(scan, limits, bytes, layout, ret_refusal);
            if (verdict != SCAN_WHOLE)
                return verdict;
        }
    }
    return SCAN_WHOLE;
}
