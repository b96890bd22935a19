#include "tcpstore-bench/replay_request.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "record/parts.h"
#include "tcpstore-bench/fail.h"

enum { PART_MAX = 1 << 30 /* bytes; no server takes a longer key or value */ };

uint8_t *replay_bytes_extend(struct replay_bytes *bytes, size_t len)
{
    size_t needed = bytes->len + len;

    if (needed > bytes->capacity) {
        bytes->capacity = needed < 2 * bytes->capacity ? 2 * bytes->capacity : needed;
        bytes->bytes = realloc(bytes->bytes, bytes->capacity);
        if (bytes->bytes == NULL)
            fail("no memory for requests of %zu bytes", bytes->capacity);
    }
    bytes->len = needed;
    return bytes->bytes + needed - len;
}

static void add(struct replay_bytes *bytes, struct span span)
{
    span_copy(replay_bytes_extend(bytes, span.len), span);
}

/* The missing bytes of a key are dots. */
static void add_key(struct replay_bytes *bytes, const struct part *part)
{
    bytes_put_u64(replay_bytes_extend(bytes, WIRE_LENGTH_SIZE), part->len);
    add(bytes, part->here);
    memset(
        replay_bytes_extend(bytes, part->len - part->here.len), '.',
        part->len - part->here.len);
}

/* "0....": the number 0. */
static void add_value(struct replay_bytes *bytes, const struct part *part)
{
    uint8_t *value;

    bytes_put_u64(replay_bytes_extend(bytes, WIRE_LENGTH_SIZE), part->len);
    value = replay_bytes_extend(bytes, part->len);
    memset(value, '.', part->len);
    if (part->len > 0)
        value[0] = '0';
}

static void add_part(struct replay_bytes *bytes, const struct part *part)
{
    if (part->field == WIRE_KEY)
        add_key(bytes, part);
    else if (part->field == WIRE_BLOB)
        add_value(bytes, part);
    else
        add(bytes, part->here);
}

/* Adds the items of which all fields are known. Returns how many there are. */
static size_t add_items(struct replay_bytes *bytes, struct parts *parts)
{
    size_t item_end = bytes->len;
    size_t items = 0;
    struct part part;

    while (parts_next(parts, &part) && part.len <= PART_MAX) {
        add_part(bytes, &part);
        if (parts->layout->fields[parts->field] == WIRE_END) {
            item_end = bytes->len;
            items++;
        }
    }
    bytes->len = item_end;
    return items;
}

bool replay_request(
    struct span recorded, struct replay_bytes *bytes, size_t *ret_keys, bool *ret_is_short)
{
    size_t begin = bytes->len;
    struct parts parts = parts_of(recorded);
    const struct wire_layout *layout = parts.layout;
    uint64_t keys = parts.items;

    if (layout == NULL || (layout->counted && recorded.len < WIRE_COUNTED_HEAD))
        return false;
    add(bytes, span_of(recorded.bytes, layout->counted ? WIRE_COUNTED_HEAD : WIRE_OPCODE_SIZE));
    *ret_keys = add_items(bytes, &parts);
    *ret_is_short = layout->counted && *ret_keys < keys;
    if (layout->counted)
        bytes_put_u64(bytes->bytes + begin + WIRE_OPCODE_SIZE, *ret_keys);
    else if (*ret_keys == 0 && layout->fields[0] != WIRE_END)
        bytes->len = begin;
    return bytes->len > begin;
}
