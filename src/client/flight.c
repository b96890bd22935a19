#include "client/flight.h"

#include <stdlib.h>

#include "client/grow.h"

enum {
    KEPT_BYTES = 1 << 16, /* of memory for requests that flight_clear keeps at most */
    KEPT_ANSWERS = 64,    /* likewise, for answers */
    FIRST_BYTES = 256,
    FIRST_ANSWERS = 4,
};

static bool key_fits(struct span prefix, struct span key)
{
    return prefix.len <= FLIGHT_KEY_MAX && key.len <= FLIGHT_KEY_MAX - prefix.len;
}

static int check(const struct encode *encode, const struct wire_layout *layout)
{
    size_t items = layout->counted ? encode->count : 1;
    const struct span *key = encode->keys;
    const struct span *value = encode->values;

    if (items > FLIGHT_COUNT_MAX)
        return TCPSTORE_EKEYCOUNT;
    for (size_t i = 0; i < items; i++) {
        for (const uint8_t *field = layout->fields; *field != WIRE_END; field++) {
            if (*field == WIRE_KEY && !key_fits(encode->prefix, *key++))
                return TCPSTORE_EKEYSIZE;
            if (*field == WIRE_BLOB && value++->len > FLIGHT_VALUE_MAX)
                return TCPSTORE_EVALUESIZE;
        }
    }
    return 0;
}

static int make_room_for_bytes(struct flight *flight, size_t len)
{
    size_t need = flight->requests_len + len;
    uint8_t *grown;

    if (need <= flight->requests_room)
        return 0;
    grown = grow(
        flight->requests, &flight->requests_room, need < FIRST_BYTES ? FIRST_BYTES : need, 1);
    if (grown == NULL)
        return TCPSTORE_ENOMEM;
    flight->requests = grown;
    return 0;
}

static int make_room_for_answer(struct flight *flight)
{
    struct answer *grown;

    if (flight->count < flight->room)
        return 0;
    grown = grow(
        flight->answers, &flight->room,
        flight->count < FIRST_ANSWERS ? FIRST_ANSWERS : flight->count + 1, sizeof(*grown));
    if (grown == NULL)
        return TCPSTORE_ENOMEM;
    flight->answers = grown;
    return 0;
}

static size_t values_asked(const struct encode *encode)
{
    if (encode->opcode == WIRE_MULTI_GET)
        return encode->count;
    return encode->opcode == WIRE_GET || encode->opcode == WIRE_COMPARE_SET;
}

/* Skips requests without an answer. */
static void begin_answer(struct flight *flight)
{
    for (; flight->current < flight->count; flight->current++) {
        answer_begin(&flight->answers[flight->current], &flight->reader, &flight->values);
        if (flight->reader.part != PART_NONE)
            return;
    }
}

int flight_add(struct flight *flight, const struct encode *encode)
{
    int code = check(encode, wire_layout_of((uint8_t)encode->opcode));
    size_t len;

    if (code)
        return code;
    len = encode_size(encode);
    code = make_room_for_bytes(flight, len);
    if (code)
        return code;
    code = make_room_for_answer(flight);
    if (code)
        return code;
    encode_request(encode, flight->requests + flight->requests_len);
    flight->requests_len += len;
    flight->answers[flight->count++] = (struct answer){
        .opcode = encode->opcode, .nonce = encode->word, .asked = values_asked(encode)};
    if (flight->current == flight->count - 1)
        begin_answer(flight);
    return 0;
}

struct span flight_unsent(const struct flight *flight)
{
    return span_from(span_of(flight->requests, flight->requests_len), flight->sent);
}

void flight_sent(struct flight *flight, size_t len)
{
    flight->sent += len;
}

static bool was_cancelled(const struct answer *answer)
{
    return (answer->opcode == WIRE_WAIT || answer->opcode == WIRE_BARRIER) && !answer->number;
}

static bool next_is_cancel(const struct flight *flight)
{
    size_t next = flight->current + 1;

    return next < flight->count && flight->answers[next].opcode == WIRE_CANCEL_WAIT;
}

/* WAIT_CANCELED answers a wait and the CANCEL_WAIT behind it. If the two have crossed,
 * STOP_WAITING answers the wait first. */
static int end_answer(struct flight *flight)
{
    if (was_cancelled(&flight->answers[flight->current])) {
        if (!next_is_cancel(flight))
            return reader_fail(&flight->reader, "not STOP_WAITING");
        flight->current++;
    }
    if (flight->take != NULL)
        flight->take(flight->take_context, flight, flight->current);
    flight->current++;
    begin_answer(flight);
    return 0;
}

int flight_receive(struct flight *flight, struct span bytes)
{
    int code = 0;

    while (code == 0 && bytes.len > 0) {
        if (flight->current == flight->count)
            return reader_fail(&flight->reader, "more bytes than were asked for");
        code = answer_read(
            &flight->answers[flight->current], &flight->reader, &flight->values, &bytes);
        if (code == 0 && flight->reader.part == PART_NONE)
            code = end_answer(flight);
    }
    return code;
}

bool flight_is_done(const struct flight *flight)
{
    return flight->sent == flight->requests_len && flight->current == flight->count;
}

void flight_rewind(struct flight *flight)
{
    values_drop(&flight->values);
    flight->sent = 0;
    flight->current = 0;
    begin_answer(flight);
}

void flight_clear(struct flight *flight)
{
    values_drop(&flight->values);
    if (flight->requests_room > KEPT_BYTES) {
        free(flight->requests);
        flight->requests = NULL;
        flight->requests_room = 0;
    }
    if (flight->room > KEPT_ANSWERS) {
        free(flight->answers);
        flight->answers = NULL;
        flight->room = 0;
    }
    flight->requests_len = 0;
    flight->sent = 0;
    flight->count = 0;
    flight->current = 0;
}

void flight_done(struct flight *flight)
{
    values_drop(&flight->values);
    free(flight->answers);
    free(flight->requests);
    *flight = (struct flight){0};
}
