#include "record/record.h"

#include "record/parts.h"

/* Before the first entry of a block is added, the block is empty. */
static void begin_block(struct record *record, size_t block)
{
    uint8_t *bytes = record->memory + block * record->block_size;

    record->blocks[block] = (struct record_block){.first = record->next};
    record->newest = block;
    record->at = bytes;
    record->last = bytes + record->block_size - SEGMENT_HEAD;
    record->room_end = record->last - record->block_size / RECORD_ROOMS;
    if (record->copied_blocks == 0)
        return;
    record->copied_blocks--;
    record->room_end = bytes;
}

void record_init(struct record *record, void *memory, size_t size)
{
    *record = (struct record){
        .memory = memory,
        .block_size = size / RECORD_BLOCKS,
        .next = 1,
    };
    begin_block(record, 0);
}

static void begin_next_block(struct record *record)
{
    struct record_block *full = &record->blocks[record->newest];

    full->len = (size_t)(record->at - record->memory) - record->newest * record->block_size;
    begin_block(record, (record->newest + 1) % RECORD_BLOCKS);
}

/* Requests in record_room that do not become a segment there must not be overwritten by others:
 * their client still needs them. */
static void preserve(struct record *record, struct span bytes)
{
    if (bytes.bytes < record->at || bytes.bytes >= record->last + SEGMENT_HEAD)
        return;
    record->copied_blocks = RECORD_COPIED_BLOCKS;
    begin_next_block(record);
}

/* `bytes` fit in an empty block. */
static void add(struct record *record, struct segment segment, struct span bytes)
{
    if (!record_has_room(record, bytes.len))
        begin_next_block(record);
    segment.len = (uint32_t)bytes.len;
    record_put(record, &segment, bytes);
}

/* Not NULL, unlike an empty span. */
static struct span first(struct span bytes, size_t max)
{
    if (bytes.len == 0)
        return span_of("", 0);
    return span_of(bytes.bytes, bytes.len < max ? bytes.len : max);
}

/* The bytes before the value, of a request with one key and one value. */
static struct span before_value(struct span request)
{
    struct parts parts = parts_of(request);
    struct part part;

    while (parts_next(&parts, &part)) {
        if (part.field == WIRE_BLOB)
            return span_of(request.bytes, (size_t)(part.here.bytes - request.bytes));
    }
    return request;
}

static bool has_one_value(struct span request)
{
    const struct wire_layout *layout = wire_layout_of(request.bytes[0]);

    return !layout->counted && layout->fields[1] == WIRE_BLOB && layout->fields[2] == WIRE_END;
}

static void add_cut(struct record *record, struct segment segment, struct span request)
{
    uint8_t bytes[SEGMENT_CUT_HEAD + SEGMENT_CUT_MAX];
    struct span kept = has_one_value(request) ? before_value(request) : request;
    uint8_t *end;

    bytes_put_u64(bytes, request.len);
    end = span_copy(bytes + SEGMENT_CUT_HEAD, first(kept, SEGMENT_CUT_MAX));
    segment.kind = SEGMENT_CUT;
    segment.count = 1;
    add(record, segment, span_of(bytes, (size_t)(end - bytes)));
}

static size_t segment_max(const struct record *record)
{
    return record->block_size - SEGMENT_HEAD;
}

/* The short requests at the front, which fit in a segment. */
static struct span take_short(
    const struct record *record, struct span *bytes, uint32_t *ret_count)
{
    size_t len = 0;

    *ret_count = 0;
    while (len < bytes->len) {
        size_t next = parts_request_len(span_from(*bytes, len));

        if (next == 0 || next > RECORD_WHOLE || len + next > segment_max(record))
            break;
        len += next;
        ++*ret_count;
    }
    *bytes = span_from(*bytes, len);
    return span_of(bytes->bytes - len, len);
}

static size_t request_len(struct span bytes)
{
    size_t len = parts_request_len(bytes);

    return len > 0 ? len : bytes.len;
}

/* The last WAIT or BARRIER; NULL: there is none. */
static const uint8_t *last_wait(struct span bytes)
{
    const uint8_t *wait = NULL;

    while (bytes.len > 0) {
        if (bytes.bytes[0] == WIRE_WAIT || bytes.bytes[0] == WIRE_BARRIER)
            wait = bytes.bytes;
        bytes = span_from(bytes, request_len(bytes));
    }
    return wait;
}

static void add_cut_requests(struct record *record, struct segment segment, struct span bytes)
{
    const uint8_t *wait = segment.waits ? last_wait(bytes) : NULL;

    while (bytes.len > 0) {
        struct span part = take_short(record, &bytes, &segment.count);
        bool is_short = part.len > 0;

        if (!is_short) {
            part = span_of(bytes.bytes, request_len(bytes));
            bytes = span_from(bytes, part.len);
        }
        segment.waits = wait != NULL && wait >= part.bytes && wait < part.bytes + part.len;
        if (is_short)
            add(record, segment, part);
        else
            add_cut(record, segment, part);
    }
}

/* The length of a single request is known, so that a long list of keys is not walked. */
void record_add_turn(
    struct record *record, uint64_t time, uint32_t client, struct span bytes, uint64_t count,
    bool waits)
{
    const struct segment segment = {
        .time = time, .client = client, .count = (uint32_t)count, .waits = waits};

    preserve(record, bytes);
    if (bytes.len <= count * RECORD_WHOLE && bytes.len <= segment_max(record))
        add(record, segment, bytes);
    else if (count == 1)
        add_cut(record, segment, bytes);
    else
        add_cut_requests(record, segment, bytes);
}

/* What another protocol sends, such as a password, is not kept. */
static size_t refused_max(struct span request)
{
    bool is_known = request.len > 0 && wire_layout_of(request.bytes[0]) != NULL;

    return is_known ? SEGMENT_CUT_MAX : WIRE_OPCODE_SIZE;
}

void record_refused(
    struct record *record, uint64_t time, uint32_t client, int code, struct span request)
{
    const struct segment segment = {
        .time = time,
        .client = client,
        .count = 1,
        .kind = SEGMENT_REFUSED,
        .code = (uint8_t)-code,
    };

    preserve(record, request);
    add(record, segment, first(request, refused_max(request)));
}

void record_event(
    struct record *record, uint64_t time, uint32_t client, enum segment_kind kind,
    struct span text)
{
    const struct segment segment = {
        .time = time, .client = client, .count = 1, .kind = (uint8_t)kind};

    add(record, segment, first(text, SEGMENT_TEXT_MAX));
}
