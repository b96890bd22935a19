#include "client/flight.h"

#include "client/answer.h"
#include "client/grow.h"

enum {
    KEPT_BYTES = 1 << 16, /* of requests, while nothing is in flight */
    KEPT_LEGS = 64,
    FIRST_BYTES = 256,
    FIRST_LEGS = 4,
};

static bool asks_for_one_value(enum wire_opcode opcode)
{
    return opcode == WIRE_GET || opcode == WIRE_COMPARE_SET;
}

static int check_sizes(
    struct span prefix, const struct span *keys, size_t key_count, const struct span *values,
    size_t value_count)
{
    for (size_t i = 0; i < key_count; i++) {
        if (prefix.len > FLIGHT_KEY_MAX || keys[i].len > FLIGHT_KEY_MAX - prefix.len)
            return TCPSTORE_EKEYSIZE;
    }
    for (size_t i = 0; i < value_count; i++) {
        if (values[i].len > FLIGHT_VALUE_MAX)
            return TCPSTORE_EVALUESIZE;
    }
    return 0;
}

static size_t count_fields(const struct wire_layout *layout, enum wire_field kind)
{
    size_t count = 0;

    for (const uint8_t *field = layout->fields; *field != WIRE_END; field++)
        count += *field == kind;
    return count;
}

static int check(const struct encode *encode, const struct wire_layout *layout)
{
    size_t items = layout->counted ? encode->count : 1;

    if (items > FLIGHT_COUNT_MAX)
        return TCPSTORE_EKEYCOUNT;
    return check_sizes(
        encode->prefix, encode->keys, items * count_fields(layout, WIRE_KEY), encode->values,
        items * count_fields(layout, WIRE_BLOB));
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

static int make_room_for_leg(struct flight *flight)
{
    struct leg *grown;

    if (flight->count < flight->room)
        return 0;
    grown = grow(
        flight->legs, &flight->room,
        flight->count < FIRST_LEGS ? FIRST_LEGS : flight->count + 1, sizeof(*grown));
    if (grown == NULL)
        return TCPSTORE_ENOMEM;
    flight->legs = grown;
    return 0;
}

static size_t values_asked(const struct encode *encode)
{
    if (encode->opcode == WIRE_MULTI_GET)
        return encode->count;
    return asks_for_one_value(encode->opcode);
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
    code = make_room_for_leg(flight);
    if (code)
        return code;
    encode_request(encode, flight->requests + flight->requests_len);
    flight->requests_len += len;
    flight->legs[flight->count++] = (struct leg){
        .opcode = encode->opcode, .nonce = encode->word, .asked = values_asked(encode)};
    if (flight->current == flight->count - 1)
        answer_begin(flight);
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

bool flight_is_done(const struct flight *flight)
{
    return flight->sent == flight->requests_len && flight->current == flight->count;
}

void flight_take_value(struct flight *flight, size_t index, struct tcpstore_value *ret_value)
{
    struct tcpstore_value *value = &flight->values[flight->legs[index].first_value];

    *ret_value = *value;
    *value = (struct tcpstore_value){0};
}

void flight_take_values(
    struct flight *flight, struct tcpstore_value **ret_values, size_t *ret_count)
{
    *ret_values = flight->values;
    *ret_count = flight->value_count;
    flight->values = NULL;
    flight->value_count = 0;
    flight->value_room = 0;
}

void flight_drop_values(struct flight *flight)
{
    tcpstore_values_free(flight->values, flight->value_count);
    flight->values = NULL;
    flight->value_count = 0;
    flight->value_room = 0;
    flight->answer_bytes = 0;
}

void flight_rewind(struct flight *flight)
{
    flight_drop_values(flight);
    flight->sent = 0;
    flight->current = 0;
    flight->objection = NULL;
    answer_begin(flight);
}

void flight_clear(struct flight *flight)
{
    struct flight kept = {.answer_bytes_max = flight->answer_bytes_max};

    if (flight->requests_room <= KEPT_BYTES) {
        kept.requests = flight->requests;
        kept.requests_room = flight->requests_room;
        flight->requests = NULL;
    }
    if (flight->room <= KEPT_LEGS) {
        kept.legs = flight->legs;
        kept.room = flight->room;
        flight->legs = NULL;
    }
    flight_done(flight);
    *flight = kept;
}

void flight_done(struct flight *flight)
{
    flight_drop_values(flight);
    free(flight->legs);
    free(flight->requests);
    *flight = (struct flight){0};
}
