/*
 * The client's flights with arbitrary replies. However the replies are cut, the flight reads
 * the same values, and encoding these again gives the bytes received. It takes memory in
 * proportion to the bytes received, or within its bound. It ends with success, or as malformed,
 * as too large, or out of memory if an allocation was refused.
 *
 * The input: a byte, the number of the allocation to refuse; two bytes, the offset in the
 * replies at which zeros are inserted and how many units of them, so that a short input can
 * have a large value; a byte with the number of requests in its lower bits and the bound (0:
 * none) in its upper ones; a byte for each request; then the replies, as in arrival.h.
 */
#include "client/flight.h"

#include "base/bytes.h"
#include "fuzz/arrival.h"
#include "support/heap.h"

enum {
    REQUESTS_MAX = 7,
    REQUESTS_SHIFT = 3,
    BOUND_UNIT = 128,
    KEYS_MAX = 8, /* in the upper bits of a request's byte */
    KEYS_SHIFT = 5,
    FILL_UNIT = 64,
    INPUT_MAX = 4096,   /* of an input with zeros inserted; the rest is dropped */
    FIRST_ROOM = 4097,  /* for a value's first bytes */
    BYTES_PER_BYTE = 8, /* most memory for a received byte: an empty value has 8 bytes, and a
                           struct in an array that may have grown to twice the need */
};

static const uint8_t letters[KEYS_MAX] = "abcdefgh";

static void add_request(struct flight *flight, uint8_t byte)
{
    struct span spans[KEYS_MAX];
    const struct encode encode = {
        .opcode = (enum wire_opcode)(byte % (1 << KEYS_SHIFT) % WIRE_OPCODE_COUNT),
        .word = byte,
        .number = byte,
        .keys = spans,
        .values = spans,
        .count = byte >> KEYS_SHIFT,
    };

    for (size_t i = 0; i < KEYS_MAX; i++)
        spans[i] = span_of(letters + i, 1);
    MUST(flight_add(flight, &encode) == 0);
}

static void send_requests(struct flight *flight, struct span requests)
{
    for (size_t i = 0; i < requests.len; i++)
        add_request(flight, requests.bytes[i]);
    flight_sent(flight, flight_unsent(flight).len);
}

/* The size of the values, as the bound counts it; the last one may be incomplete. */
static size_t bytes_of_values(const struct flight *flight)
{
    size_t bytes = flight->values.count * VALUE_OVERHEAD;

    for (size_t i = 0; i < flight->values.count; i++)
        bytes += flight->values.items[i].size;
    return bytes;
}

static int receive_in_pieces(struct flight *flight, struct arrival *arrival)
{
    int code = 0;

    while (code == 0 && !arrival_is_over(arrival)) {
        code = flight_receive(flight, arrival_next(arrival));
        MUST(heap_largest() <= FIRST_ROOM + BYTES_PER_BYTE * arrival->arrived);
        MUST(bytes_of_values(flight) <= flight->values.bytes_max);
    }
    MUST(
        code == 0 || code == TCPSTORE_EPROTOCOL || code == TCPSTORE_ENOMEM ||
        (code == TCPSTORE_EANSWERSIZE && flight->values.bytes_max < SIZE_MAX));
    MUST((code == TCPSTORE_EPROTOCOL) == (flight->reader.violation != NULL));
    return code;
}

static void must_be_the_same_answer(const struct answer *one, const struct answer *other)
{
    MUST(one->number == other->number);
    MUST(one->first_value == other->first_value);
    MUST(one->value_count == other->value_count);
}

static void must_be_the_same(const struct flight *one, const struct flight *other)
{
    MUST(one->current == other->current);
    MUST(one->values.count == other->values.count);
    MUST(one->reader.violation == other->reader.violation);
    for (size_t i = 0; i < one->current; i++)
        must_be_the_same_answer(&one->answers[i], &other->answers[i]);
    for (size_t i = 0; i < one->values.count; i++) {
        const struct tcpstore_value *value = &one->values.items[i];

        MUST(value->size == other->values.items[i].size);
        MUST(memcmp(value->bytes, other->values.items[i].bytes, value->size) == 0);
    }
}

static void must_come(struct span *stream, struct span bytes)
{
    struct span came = take(stream, bytes.len);

    MUST(span_equal(came, bytes));
}

static void must_come_byte(struct span *stream, uint8_t byte)
{
    must_come(stream, span_of(&byte, 1));
}

static void must_come_number(struct span *stream, uint64_t number)
{
    uint8_t bytes[8];

    bytes_put_u64(bytes, number);
    must_come(stream, span_of(bytes, 8));
}

static void must_come_values(
    struct span *stream, const struct flight *flight, const struct answer *answer)
{
    for (size_t i = 0; i < answer->value_count; i++) {
        const struct tcpstore_value *value = &flight->values.items[answer->first_value + i];

        must_come_number(stream, value->size);
        must_come(stream, span_of(value->bytes, value->size));
    }
}

/* A cancelled wait has no reply except the one to its CANCEL_WAIT. */
static void must_come_answer(
    struct span *stream, const struct flight *flight, const struct answer *answer)
{
    uint8_t nonce[4];

    switch (answer->opcode) {
    case WIRE_VALIDATE:
    case WIRE_SET:
    case WIRE_APPEND:
    case WIRE_MULTI_SET:
    case WIRE_QUEUE_PUSH:
        return;
    case WIRE_CHECK:
        must_come_byte(stream, answer->number ? WIRE_READY : WIRE_NOT_READY);
        return;
    case WIRE_WAIT:
    case WIRE_BARRIER:
        if (answer->number)
            must_come_byte(stream, WIRE_STOP_WAITING);
        return;
    case WIRE_CANCEL_WAIT:
        must_come_byte(stream, WIRE_WAIT_CANCELED);
        return;
    case WIRE_PING:
        bytes_put_u32(nonce, answer->nonce);
        must_come(stream, span_of(nonce, 4));
        return;
    case WIRE_GET:
    case WIRE_COMPARE_SET:
    case WIRE_MULTI_GET:
        break;
    default:
        must_come_number(stream, (uint64_t)answer->number);
    }
    must_come_values(stream, flight, answer);
}

/* Checks all complete replies. */
static void must_be_what_came(const struct flight *flight, struct span stream)
{
    for (size_t i = 0; i < flight->current; i++) {
        const struct answer *answer = &flight->answers[i];

        if (answer->opcode != WIRE_LIST_KEYS && answer->opcode != WIRE_QUEUE_POP)
            MUST(answer->value_count == answer->asked);
        must_come_answer(&stream, flight, answer);
    }
}

/* The input with zeros inserted, in a static buffer. */
static struct span filled(struct span input, size_t at, size_t units)
{
    static uint8_t bytes[INPUT_MAX + UINT8_MAX * FILL_UNIT];
    struct span before = take(&input, at);
    struct span after = take(&input, INPUT_MAX - before.len);
    uint8_t *end = span_copy(bytes, before);

    memset(end, 0, units * FILL_UNIT);
    end = span_copy(end + units * FILL_UNIT, after);
    return span_of(bytes, (size_t)(end - bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_of(data, size);
    uint8_t refused = take_byte(&input);
    uint8_t fill_at = take_byte(&input);
    uint8_t fill_units = take_byte(&input);
    uint8_t counted = take_byte(&input);
    size_t bound = (size_t)(counted >> REQUESTS_SHIFT) * BOUND_UNIT;
    struct span requests = take(&input, counted & REQUESTS_MAX);
    struct span answers = fill_units > 0 ? filled(input, fill_at, fill_units) : input;
    struct arrival arrival = arrival_begin(&answers);
    struct flight in_pieces = {.values.bytes_max = bound > 0 ? bound : SIZE_MAX};
    struct flight at_once = {.values.bytes_max = in_pieces.values.bytes_max};
    int code;

    send_requests(&in_pieces, requests);
    heap_largest();
    heap_refuse(refused);
    code = receive_in_pieces(&in_pieces, &arrival);
    heap_refuse(0);
    arrival_end(&arrival);
    must_be_what_came(&in_pieces, arrival.stream);
    if (code != TCPSTORE_ENOMEM) {
        send_requests(&at_once, requests);
        MUST(flight_receive(&at_once, arrival.stream) == code);
        must_be_the_same(&in_pieces, &at_once);
    }
    flight_done(&in_pieces);
    flight_done(&at_once);
    return 0;
}
