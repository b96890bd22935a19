/*
 * Requests that travel together, and what they are answered. No I/O: the bytes to be sent are
 * taken out, those that came are put in, in pieces of any size.
 *
 * Nothing that comes is trusted: memory grows with the bytes that are there, not with those
 * that are announced, and has a bound; what no server would answer is TCPSTORE_EPROTOCOL.
 */
#ifndef CLIENT_FLIGHT_H
#define CLIENT_FLIGHT_H

#include <tcpstore/client.h>

#include "base/span.h"
#include "wire/encode.h"

/* What any server could be made to accept; what this one accepts only it knows. */
enum {
    FLIGHT_KEY_MAX = 65535,
    FLIGHT_VALUE_MAX = 1 << 30,
};

/* What a value takes besides its bytes: its place in an array that may have grown to twice the
 * need, and the smallest block of glibc's malloc. */
enum { FLIGHT_VALUE_OVERHEAD = 64 };
#define FLIGHT_COUNT_MAX UINT32_MAX

/* A request, and its answer as soon as there is one. */
struct leg {
    enum wire_opcode opcode;
    uint32_t nonce; /* PING */
    size_t asked;   /* how many values the answer has, where the request says so */

    /* ADD, GETNUMKEYS, DELETE_KEY, QUEUE_POP, QUEUE_LEN, LIST_KEYS: as answered. CHECK: 1 all
     * are there, 0 not. WAIT, BARRIER: 1 released, 0 cancelled. */
    int64_t number;

    /* The values of its answer. */
    size_t first_value;
    size_t value_count;
};

enum part {
    PART_NONE,
    PART_STATUS,
    PART_NONCE,
    PART_NUMBER,
    PART_LENGTH,
    PART_BODY,
};

/* Where the reading of the current answer stands. */
struct reader {
    enum part part;
    uint8_t field[8]; /* the bytes of an integer */
    size_t field_len; /* of them are there */
    uint64_t values_left;
    size_t body_len; /* of the value that is being read */
    size_t body_room;
};

struct flight;

/* Is given the answer to the `index`th leg, which it may drop. */
typedef void flight_take_fn(void *context, struct flight *flight, size_t index);

/* All zero: empty, and no answer may hold a value. */
struct flight {
    size_t answer_bytes_max; /* all values may take together, with their overhead; kept */
    size_t answer_bytes;     /* they take, as they are announced */

    uint8_t *requests;
    size_t requests_len;
    size_t requests_room;
    size_t sent;

    struct leg *legs;
    size_t count;
    size_t room;
    size_t current; /* the one whose answer is being read */

    struct tcpstore_value *values;
    size_t value_count;
    size_t value_room;

    struct reader reader;
    flight_take_fn *take; /* called with each answer once it is whole; NULL: not */
    void *take_context;
    const char *objection; /* with TCPSTORE_EPROTOCOL: what is wrong with the answer */
};

/* TCPSTORE_ENOMEM, or TCPSTORE_EKEYSIZE, EVALUESIZE, EKEYCOUNT: past what any server could be
 * made to accept. Then the flight is as it was. */
int flight_add(struct flight *flight, const struct encode *encode);

/* What is to be sent next, and that so much of it was. */
struct span flight_unsent(const struct flight *flight);
void flight_sent(struct flight *flight, size_t len);

/* Takes bytes that came. TCPSTORE_EPROTOCOL: no server's answer to these requests, or more than
 * was asked for; TCPSTORE_EANSWERSIZE: more than answer_bytes_max; TCPSTORE_ENOMEM. After an
 * error only clear and done are of use. */
int flight_receive(struct flight *flight, struct span bytes);

/* Everything was sent and answered. */
bool flight_is_done(const struct flight *flight);

/* The values of the `index`th leg's answer; they are the caller's from here on. The
 * second takes all values of a flight with one leg. */
void flight_take_value(struct flight *flight, size_t index, struct tcpstore_value *ret_value);
void flight_take_values(
    struct flight *flight, struct tcpstore_value **ret_values, size_t *ret_count);

/* Frees the values of all answers that are whole, while none is in part. */
void flight_drop_values(struct flight *flight);

/* To the start again, with the same requests and no answers. */
void flight_rewind(struct flight *flight);

/* Empties it, and keeps its bound and room for a few small requests. */
void flight_clear(struct flight *flight);

void flight_done(struct flight *flight);

#endif
