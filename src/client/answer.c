/* The reading of answers: which parts one has follows from its request. */
#include "client/answer.h"

#include "base/bytes.h"
#include "client/grow.h"

enum {
    FIRST_ROOM = 4096, /* for a value whose bytes have still to come */
    FIRST_VALUES = 4,
};

/* Past this a length or a count is no server's; far below what would overflow. */
#define ANSWER_MAX ((uint64_t)1 << 40)

static enum part first_part(const struct leg *leg)
{
    switch (leg->opcode) {
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
        return leg->asked > 0 ? PART_LENGTH : PART_NONE;
    default:
        return PART_NUMBER;
    }
}

void answer_begin(struct flight *flight)
{
    for (; flight->current < flight->count; flight->current++) {
        struct leg *leg = &flight->legs[flight->current];

        leg->number = 0;
        leg->first_value = flight->value_count;
        flight->reader = (struct reader){.part = first_part(leg), .values_left = leg->asked};
        if (flight->reader.part != PART_NONE)
            return;
    }
    flight->reader = (struct reader){.part = PART_NONE};
}

static int object(struct flight *flight, const char *objection)
{
    flight->objection = objection;
    return TCPSTORE_EPROTOCOL;
}

static int end_answer(struct flight *flight, int64_t number)
{
    size_t index = flight->current++;
    struct leg *leg = &flight->legs[index];

    leg->number = number;
    leg->value_count = flight->value_count - leg->first_value;
    if (flight->take != NULL)
        flight->take(flight->take_context, flight, index);
    answer_begin(flight);
    return 0;
}

static bool next_is_cancel(const struct flight *flight)
{
    return flight->current + 1 < flight->count &&
           flight->legs[flight->current + 1].opcode == WIRE_CANCEL_WAIT;
}

/* WAIT_CANCELED answers both the wait and its cancelling; if the two have crossed,
 * STOP_WAITING came first and has answered the wait. */
static int take_wait_status(struct flight *flight, uint8_t status)
{
    if (status == WIRE_STOP_WAITING)
        return end_answer(flight, 1);
    if (status != WIRE_WAIT_CANCELED || !next_is_cancel(flight))
        return object(flight, "not STOP_WAITING");
    end_answer(flight, 0);
    return end_answer(flight, 0);
}

static int take_status(struct flight *flight, uint8_t status)
{
    switch (flight->legs[flight->current].opcode) {
    case WIRE_CHECK:
        if (status != WIRE_READY && status != WIRE_NOT_READY)
            return object(flight, "neither ready nor not ready");
        return end_answer(flight, status == WIRE_READY);
    case WIRE_CANCEL_WAIT:
        if (status != WIRE_WAIT_CANCELED)
            return object(flight, "not WAIT_CANCELED");
        return end_answer(flight, 0);
    default:
        return take_wait_status(flight, status);
    }
}

static int take_nonce(struct flight *flight, uint32_t nonce)
{
    if (nonce != flight->legs[flight->current].nonce)
        return object(flight, "another nonce than that of the ping");
    return end_answer(flight, 0);
}

static bool exceeds_bound(const struct flight *flight, uint64_t bytes)
{
    return bytes > flight->answer_bytes_max - flight->answer_bytes;
}

/* Values may follow, and then the answer goes on. */
static int take_number(struct flight *flight, int64_t number)
{
    struct leg *leg = &flight->legs[flight->current];

    if (leg->opcode == WIRE_ADD)
        return end_answer(flight, number);
    if (number < 0)
        return object(flight, "a negative number");
    if (leg->opcode == WIRE_DELETE_KEY && number > 1)
        return object(flight, "more than one deleted key");
    if (leg->opcode == WIRE_LIST_KEYS)
        flight->reader.values_left = (uint64_t)number;
    if (leg->opcode == WIRE_QUEUE_POP)
        flight->reader.values_left = number > 0;
    if (flight->reader.values_left == 0)
        return end_answer(flight, number);
    if (flight->reader.values_left > ANSWER_MAX)
        return object(flight, "more keys than can be");
    if (exceeds_bound(flight, flight->reader.values_left * FLIGHT_VALUE_OVERHEAD))
        return TCPSTORE_EANSWERSIZE;
    leg->number = number;
    flight->reader.part = PART_LENGTH;
    return 0;
}

static int end_value(struct flight *flight)
{
    struct tcpstore_value *value = &flight->values[flight->value_count - 1];

    ((char *)value->bytes)[value->size] = '\0';
    flight->reader.part = PART_LENGTH;
    if (--flight->reader.values_left > 0)
        return 0;
    return end_answer(flight, flight->legs[flight->current].number);
}

static int make_room_for_value(struct flight *flight)
{
    struct tcpstore_value *grown;

    if (flight->value_count < flight->value_room)
        return 0;
    grown = grow(
        flight->values, &flight->value_room,
        flight->value_count == 0 ? FIRST_VALUES : flight->value_count + 1, sizeof(*grown));
    if (grown == NULL)
        return TCPSTORE_ENOMEM;
    flight->values = grown;
    return 0;
}

static int take_length(struct flight *flight, uint64_t len)
{
    struct reader *reader = &flight->reader;
    size_t room;
    void *bytes;

    if (len > ANSWER_MAX)
        return object(flight, "a longer value than can be");
    if (exceeds_bound(flight, len + FLIGHT_VALUE_OVERHEAD))
        return TCPSTORE_EANSWERSIZE;
    flight->answer_bytes += (size_t)len + FLIGHT_VALUE_OVERHEAD;
    if (make_room_for_value(flight))
        return TCPSTORE_ENOMEM;
    room = len < FIRST_ROOM ? (size_t)len : FIRST_ROOM;
    bytes = malloc(room + 1);
    if (bytes == NULL)
        return TCPSTORE_ENOMEM;
    flight->values[flight->value_count++] = (struct tcpstore_value){.bytes = bytes};
    reader->part = PART_BODY;
    reader->body_len = (size_t)len;
    reader->body_room = room;
    return len == 0 ? end_value(flight) : 0;
}

/* Twice as much, but not more than the value will take. */
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

static int take_body(struct flight *flight, struct span *bytes)
{
    struct reader *reader = &flight->reader;
    struct tcpstore_value *value = &flight->values[flight->value_count - 1];
    size_t left = reader->body_len - value->size;
    size_t len = bytes->len < left ? bytes->len : left;

    if (make_room_for_body(reader, value, value->size + len))
        return TCPSTORE_ENOMEM;
    memcpy((char *)value->bytes + value->size, bytes->bytes, len);
    value->size += len;
    *bytes = span_from(*bytes, len);
    return len == left ? end_value(flight) : 0;
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

static int take_whole_field(struct flight *flight)
{
    const uint8_t *field = flight->reader.field;

    flight->reader.field_len = 0;
    switch (flight->reader.part) {
    case PART_STATUS:
        return take_status(flight, field[0]);
    case PART_NONCE:
        return take_nonce(flight, bytes_get_u32(field));
    case PART_NUMBER:
        return take_number(flight, (int64_t)bytes_get_u64(field));
    default:
        return take_length(flight, bytes_get_u64(field));
    }
}

static int take_field(struct flight *flight, struct span *bytes)
{
    struct reader *reader = &flight->reader;
    size_t left = field_size(reader->part) - reader->field_len;
    size_t len = bytes->len < left ? bytes->len : left;

    memcpy(reader->field + reader->field_len, bytes->bytes, len);
    reader->field_len += len;
    *bytes = span_from(*bytes, len);
    return len == left ? take_whole_field(flight) : 0;
}

int flight_receive(struct flight *flight, struct span bytes)
{
    int code = 0;

    while (code == 0 && bytes.len > 0) {
        if (flight->reader.part == PART_NONE)
            code = object(flight, "more than was asked for");
        else if (flight->reader.part == PART_BODY)
            code = take_body(flight, &bytes);
        else
            code = take_field(flight, &bytes);
    }
    return code;
}
