#include "record/snapshot.h"

#include "record/parts.h"

/* Clears the values of the request at the front of `bytes`. Returns the bytes after it. */
static struct span clear_request(struct record *record, struct span bytes)
{
    struct parts parts = parts_of(bytes);
    struct part part;

    while (parts_next(&parts, &part)) {
        if (part.field == WIRE_BLOB)
            memset(record->memory + (part.here.bytes - record->memory), 0, part.here.len);
    }
    return parts.is_cut ? span_last(bytes, 0) : parts.rest;
}

static void clear_values(
    struct record *record, const struct segment *segment, struct span bytes)
{
    switch (segment->kind) {
    case SEGMENT_EXECUTED:
        while (bytes.len > 0)
            bytes = clear_request(record, bytes);
        break;
    case SEGMENT_CUT:
        if (bytes.len > SEGMENT_CUT_HEAD)
            clear_request(record, span_from(bytes, SEGMENT_CUT_HEAD));
        break;
    case SEGMENT_REFUSED:
        clear_request(record, bytes);
        break;
    default:
        break;
    }
}

/* A signal handler may find that a block is just being changed: then nothing of it counts. */
static struct span block_bytes(const struct record *record, size_t index)
{
    const uint8_t *bytes = record->memory + index * record->block_size;
    size_t len = record->blocks[index].len;

    if (index == record->newest)
        len = (size_t)(__atomic_load_n(&record->at, __ATOMIC_ACQUIRE) - bytes);
    return span_of(bytes, len <= record->block_size ? len : 0);
}

/* The segments in a block that have entries after `after`. */
static struct span view_block(
    struct record *record, size_t index, uint64_t after, struct record_view *view,
    uint64_t *first)
{
    struct span rest = block_bytes(record, index);
    struct span from = rest;
    uint64_t next = record->blocks[index].first;
    struct segment segment;
    struct span bytes;

    while (segment_take(&rest, &segment, &bytes)) {
        clear_values(record, &segment, bytes);
        next += segment.count;
        if (next - 1 <= after)
            from = rest;
        else {
            view->entries += segment.count;
            if (*first == 0)
                *first = next - segment.count;
        }
    }
    return span_of(from.bytes, (size_t)(rest.bytes - from.bytes));
}

static void put_head(
    struct record_view *view, uint64_t after, int64_t origin, uint64_t oldest, uint64_t first)
{
    memset(view->head, 0, sizeof(view->head));
    memcpy(view->head, FILE_MAGIC, sizeof(FILE_MAGIC) - 1);
    bytes_put_u64(view->head + 24, (uint64_t)origin);
    bytes_put_u64(view->head + 32, first);
    bytes_put_u64(view->head + 40, oldest > after + 1 ? oldest - after - 1 : 0);
    bytes_put_u64(view->head + 48, view->len - FILE_HEAD);
}

void record_view(
    struct record *record, uint64_t after, int64_t origin, struct record_view *ret_view)
{
    uint64_t oldest = 0;
    uint64_t first = 0;

    ret_view->count = 0;
    ret_view->len = FILE_HEAD;
    ret_view->entries = 0;
    for (size_t i = 1; i <= RECORD_BLOCKS; i++) {
        size_t index = (record->newest + i) % RECORD_BLOCKS;
        struct span segments;

        if (record->blocks[index].first == 0)
            continue;
        if (oldest == 0)
            oldest = record->blocks[index].first;
        segments = view_block(record, index, after, ret_view, &first);
        ret_view->segments[ret_view->count++] = segments;
        ret_view->len += segments.len;
    }
    put_head(ret_view, after, origin, oldest, first > 0 ? first : record->next);
}

void record_copy(const struct record_view *view, uint8_t *bytes)
{
    bytes = span_copy(bytes, span_of(view->head, FILE_HEAD));
    for (size_t i = 0; i < view->count; i++)
        bytes = span_copy(bytes, view->segments[i]);
}
