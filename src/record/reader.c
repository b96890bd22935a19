#include "record/reader.h"

#include "record/parts.h"

static const char magic[] = FILE_MAGIC;

enum { MAGIC_LEN = sizeof(magic) - 1, NAME_LEN = MAGIC_LEN - 2 /* without the version */ };

static int check_magic(struct span file)
{
    size_t len = file.len < NAME_LEN ? file.len : NAME_LEN;

    if (len == 0 || memcmp(file.bytes, magic, len) != 0)
        return RECORD_NOT_ONE;
    if (file.len < FILE_HEAD)
        return RECORD_NOT_WHOLE;
    return memcmp(file.bytes, magic, MAGIC_LEN) == 0 ? 0 : RECORD_OTHER_VERSION;
}

int record_reader_init(struct record_reader *reader, struct span file)
{
    int problem = check_magic(file);
    uint64_t len;

    if (problem)
        return problem;
    len = bytes_get_u64(file.bytes + 48);
    if (len != file.len - FILE_HEAD)
        return len > file.len - FILE_HEAD ? RECORD_NOT_WHOLE : RECORD_MALFORMED;
    *reader = (struct record_reader){
        .origin = (int64_t)bytes_get_u64(file.bytes + 24),
        .next = bytes_get_u64(file.bytes + 32),
        .lost = bytes_get_u64(file.bytes + 40),
        .rest = span_from(file, FILE_HEAD),
    };
    return 0;
}

/* Returns how many requests `bytes` consist of, 0 if they do not. */
static uint64_t count_requests(struct span bytes, const uint8_t **ret_last_wait)
{
    uint64_t count = 0;

    *ret_last_wait = NULL;
    for (; bytes.len > 0; count++) {
        size_t len = parts_request_len(bytes);

        if (len == 0)
            return 0;
        if (bytes.bytes[0] == WIRE_WAIT || bytes.bytes[0] == WIRE_BARRIER)
            *ret_last_wait = bytes.bytes;
        bytes = span_from(bytes, len);
    }
    return count;
}

static int begin_segment(struct record_reader *reader, struct span *ret_bytes)
{
    struct segment *segment = &reader->segment;
    const uint8_t *wait = NULL;
    uint64_t count = 1;

    if (!segment_take(&reader->rest, segment, ret_bytes))
        return RECORD_MALFORMED;
    if (segment->kind == SEGMENT_CUT && ret_bytes->len <= SEGMENT_CUT_HEAD)
        return RECORD_MALFORMED;
    if (segment->kind == SEGMENT_EXECUTED) {
        count = count_requests(*ret_bytes, &wait);
        reader->requests = *ret_bytes;
        reader->wait = segment->waits ? wait : NULL;
    }
    return count > 0 && count == segment->count ? 0 : RECORD_MALFORMED;
}

static void read_request(struct record_reader *reader, struct record_entry *entry)
{
    size_t len = parts_request_len(reader->requests);

    entry->request = span_of(reader->requests.bytes, len);
    entry->len = len;
    entry->outcome = entry->request.bytes == reader->wait ? OUTCOME_WAITING : OUTCOME_EXECUTED;
    reader->requests = span_from(reader->requests, len);
}

static void read_single(
    const struct segment *segment, struct span bytes, struct record_entry *entry)
{
    switch (segment->kind) {
    case SEGMENT_CUT:
        entry->outcome = segment->waits ? OUTCOME_WAITING : OUTCOME_EXECUTED;
        entry->len = bytes_get_u64(bytes.bytes);
        entry->request = span_from(bytes, SEGMENT_CUT_HEAD);
        break;
    case SEGMENT_REFUSED:
        entry->outcome = OUTCOME_REFUSED;
        entry->code = -(int)segment->code;
        entry->request = bytes;
        break;
    default:
        entry->outcome =
            segment->kind == SEGMENT_CONNECTED ? OUTCOME_CONNECTED : OUTCOME_CLOSED;
        entry->text = bytes;
    }
}

int record_read(struct record_reader *reader, struct record_entry *ret_entry)
{
    const struct segment *segment = &reader->segment;
    struct span bytes = reader->requests;
    bool begins_turn = bytes.len == 0;

    if (begins_turn) {
        int problem;

        if (reader->rest.len == 0)
            return 0;
        problem = begin_segment(reader, &bytes);
        if (problem)
            return problem;
    }
    *ret_entry = (struct record_entry){
        .number = reader->next++,
        .unix_ms = (int64_t)((uint64_t)reader->origin + segment->time),
        .client = segment->client,
        .begins_turn = begins_turn,
    };
    if (segment->kind == SEGMENT_EXECUTED)
        read_request(reader, ret_entry);
    else
        read_single(segment, bytes, ret_entry);
    return 1;
}

const char *record_problem_text(int problem)
{
    switch (problem) {
    case RECORD_NOT_ONE:
        return "not a record of tcpstored";
    case RECORD_OTHER_VERSION:
        return "a record of another version of tcpstored";
    case RECORD_NOT_WHOLE:
        return "truncated";
    default:
        return "malformed";
    }
}
