/* The opcode of the request determines the parts of its answer. */
#include "client/answer.h"

#include <stdlib.h>

#include "base/bytes.h"

enum { FIRST_ROOM = 4096 }; /* for a value before any of its bytes */

/* No server sends a longer value or a larger count; far below what would overflow. */
#define ANSWER_MAX ((uint64_t)1 << 40)

static enum part first_part(const struct answer *answer)
{
    switch (answer->opcode) {
    case WIRE_VALIDATE:
    case WIRE_SET:
    case WIRE_APPEND:
    case WIRE_MULTI_SET:
    case WIRE_QUEUE_PUSH:
        return PART_NONE;
    case WIRE_CHECK:
    case WIRE_WAIT:
    case WIRE_BARRIER:
    case WIRE_CANCEL_WAIT:
        return PART_STATUS;
    case WIRE_PING:
        return PART_NONCE;
    case WIRE_GET:
    case WIRE_COMPARE_SET:
    case WIRE_MULTI_GET:
        return answer->asked > 0 ? PART_LENGTH : PART_NONE;
    default:
        return PART_NUMBER;
    }
}

void answer_begin(struct answer *answer, struct reader *reader, const struct values *values)
{
    answer->number = 0;
    answer->first_value = values->count;
    answer->value_count = 0;
    reader->part = first_part(answer);
    reader->field_len = 0;
    reader->values_left = answer->asked;
    reader->violation = NULL;
}

int reader_fail(struct reader *reader, const char *violation)
{
    reader->violation = violation;
    return TCPSTORE_EPROTOCOL;
}

static int end_with(struct answer *answer, struct reader *reader, int64_t number)
{
    answer->number = number;
    reader->part = PART_NONE;
    return 0;
}

static int take_status(struct answer *answer, struct reader *reader, uint8_t status)
{
    switch (answer->opcode) {
    case WIRE_CHECK:
        if (status != WIRE_READY && status != WIRE_NOT_READY)
            return reader_fail(reader, "neither READY nor NOT_READY");
        return end_with(answer, reader, status == WIRE_READY);
    case WIRE_CANCEL_WAIT:
        if (status != WIRE_WAIT_CANCELED)
            return reader_fail(reader, "not WAIT_CANCELED");
        return end_with(answer, reader, 0);
    default:
        if (status != WIRE_STOP_WAITING && status != WIRE_WAIT_CANCELED)
            return reader_fail(reader, "not STOP_WAITING");
        return end_with(answer, reader, status == WIRE_STOP_WAITING);
    }
}

static int take_nonce(struct answer *answer, struct reader *reader, uint32_t nonce)
{
    if (nonce != answer->nonce)
        return reader_fail(reader, "wrong nonce in the answer to a ping");
    return end_with(answer, reader, 0);
}

/* Values may follow. */
static int take_number(
    struct answer *answer, struct reader *reader, const struct values *values, int64_t number)
{
    if (answer->opcode == WIRE_ADD)
        return end_with(answer, reader, number);
    if (number < 0)
        return reader_fail(reader, "a negative number");
    if (answer->opcode == WIRE_DELETE_KEY && number > 1)
        return reader_fail(reader, "more than one deleted key");
    if (answer->opcode == WIRE_LIST_KEYS)
        reader->values_left = (uint64_t)number;
    if (answer->opcode == WIRE_QUEUE_POP)
        reader->values_left = number > 0;
    if (reader->values_left == 0)
        return end_with(answer, reader, number);
    if (reader->values_left > ANSWER_MAX)
        return reader_fail(reader, "impossible number of keys");
    if (values_exceed_bound(values, reader->values_left, 0))
        return TCPSTORE_EANSWERSIZE;
    answer->number = number;
    reader->part = PART_LENGTH;
    return 0;
}

static void end_value(struct answer *answer, struct reader *reader, struct values *values)
{
    struct tcpstore_value *value = values_last(values);

    ((char *)value->bytes)[value->size] = '\0';
    answer->value_count++;
    reader->part = --reader->values_left > 0 ? PART_LENGTH : PART_NONE;
}

static int take_length(
    struct answer *answer, struct reader *reader, struct values *values, uint64_t len)
{
    size_t room = len < FIRST_ROOM ? (size_t)len : FIRST_ROOM;

    if (len > ANSWER_MAX)
        return reader_fail(reader, "impossible length of a value");
    if (values_exceed_bound(values, 1, len))
        return TCPSTORE_EANSWERSIZE;
    if (values_add(values, (size_t)len, room))
        return TCPSTORE_ENOMEM;
    reader->part = PART_BODY;
    reader->body_len = (size_t)len;
    reader->body_room = room;
    if (len == 0)
        end_value(answer, reader, values);
    return 0;
}

/* Doubles the room, up to the full size of the value. */
static int make_room_for_body(struct reader *reader, struct tcpstore_value *value, size_t need)
{
    size_t room = reader->body_room * 2 > need ? reader->body_room * 2 : need;
    void *grown;

    if (need <= reader->body_room)
        return 0;
    if (room > reader->body_len)
        room = reader->body_len;
    grown = realloc(value->bytes, room + 1);
    if (grown == NULL)
        return TCPSTORE_ENOMEM;
    value->bytes = grown;
    reader->body_room = room;
    return 0;
}

static int read_body(
    struct answer *answer, struct reader *reader, struct values *values, struct span *bytes)
{
    struct tcpstore_value *value = values_last(values);
    size_t left = reader->body_len - value->size;
    size_t len = bytes->len < left ? bytes->len : left;

    if (make_room_for_body(reader, value, value->size + len))
        return TCPSTORE_ENOMEM;
    memcpy((char *)value->bytes + value->size, bytes->bytes, len);
    value->size += len;
    *bytes = span_from(*bytes, len);
    if (len == left)
        end_value(answer, reader, values);
    return 0;
}

static size_t field_size(enum part part)
{
    switch (part) {
    case PART_STATUS:
        return 1;
    case PART_NONCE:
        return 4;
    default:
        return 8;
    }
}

static int take_field(struct answer *answer, struct reader *reader, struct values *values)
{
    const uint8_t *field = reader->field;

    reader->field_len = 0;
    switch (reader->part) {
    case PART_STATUS:
        return take_status(answer, reader, field[0]);
    case PART_NONCE:
        return take_nonce(answer, reader, bytes_get_u32(field));
    case PART_NUMBER:
        return take_number(answer, reader, values, (int64_t)bytes_get_u64(field));
    default:
        return take_length(answer, reader, values, bytes_get_u64(field));
    }
}

static int read_field(
    struct answer *answer, struct reader *reader, struct values *values, struct span *bytes)
{
    size_t left = field_size(reader->part) - reader->field_len;
    size_t len = bytes->len < left ? bytes->len : left;

    memcpy(reader->field + reader->field_len, bytes->bytes, len);
    reader->field_len += len;
    *bytes = span_from(*bytes, len);
    return len == left ? take_field(answer, reader, values) : 0;
}

int answer_read(
    struct answer *answer, struct reader *reader, struct values *values, struct span *bytes)
{
    if (reader->part == PART_BODY)
        return read_body(answer, reader, values, bytes);
    return read_field(answer, reader, values, bytes);
}
