/*
 * What a client makes of the answers that come to its requests. Whatever they are, and however
 * they are cut, it makes the same of them, takes no more memory than has come, and ends well,
 * as nonsense, or for want of memory if an allocation was refused.
 *
 * The input: a byte, the number of the allocation to refuse; a byte that counts the requests,
 * and a byte for each; then the answers, as arrival.h has them.
 */
#include "client/flight.h"

#include "fuzz/arrival.h"
#include "support/heap.h"

enum {
    REQUESTS_MAX = 7,
    KEYS_MAX = 8, /* in the upper bits of a request's byte */
    KEYS_SHIFT = 5,
    FIRST_ROOM = 4097, /* for a value's first bytes */
    BYTES_PER_BYTE =
        8, /* memory for what has come, at the most: an empty value is 8 bytes there,
              and has a struct in an array that may have grown to twice the need */
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

static int receive_in_pieces(struct flight *flight, struct arrival *arrival)
{
    int code = 0;

    while (code == 0 && !arrival_is_over(arrival)) {
        code = flight_receive(flight, arrival_next(arrival));
        MUST(heap_largest() <= FIRST_ROOM + BYTES_PER_BYTE * arrival->come);
    }
    MUST(code == 0 || code == TCPSTORE_EPROTOCOL || code == TCPSTORE_ENOMEM);
    MUST((code == TCPSTORE_EPROTOCOL) == (flight->objection != NULL));
    return code;
}

static void must_be_the_same_leg(const struct leg *one, const struct leg *other)
{
    MUST(one->number == other->number);
    MUST(one->first_value == other->first_value);
    MUST(one->value_count == other->value_count);
}

static void must_be_the_same(const struct flight *one, const struct flight *other)
{
    MUST(one->current == other->current);
    MUST(one->value_count == other->value_count);
    MUST(one->objection == other->objection);
    for (size_t i = 0; i < one->current; i++)
        must_be_the_same_leg(&one->legs[i], &other->legs[i]);
    for (size_t i = 0; i < one->value_count; i++) {
        const struct tcpstore_value *value = &one->values[i];

        MUST(value->size == other->values[i].size);
        MUST(memcmp(value->bytes, other->values[i].bytes, value->size) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = span_of(data, size);
    uint8_t refused = take_byte(&input);
    struct span requests = take(&input, take_byte(&input) & REQUESTS_MAX);
    struct arrival arrival = arrival_begin(&input);
    struct flight in_pieces = {0};
    struct flight at_once = {0};
    int code;

    send_requests(&in_pieces, requests);
    heap_largest();
    heap_refuse(refused);
    code = receive_in_pieces(&in_pieces, &arrival);
    heap_refuse(0);
    arrival_end(&arrival);
    if (code != TCPSTORE_ENOMEM) {
        send_requests(&at_once, requests);
        MUST(flight_receive(&at_once, arrival.stream) == code);
        must_be_the_same(&in_pieces, &at_once);
    }
    flight_done(&in_pieces);
    flight_done(&at_once);
    return 0;
}
