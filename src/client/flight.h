/*
 * Requests that travel together, and their answers. No I/O: the caller takes out the bytes to
 * be sent and puts in the bytes received, in pieces of any size.
 */
#ifndef CLIENT_FLIGHT_H
#define CLIENT_FLIGHT_H

#include "client/answer.h"
#include "wire/encode.h"

/* The largest limits that any server can be configured with. A server may have lower ones. */
enum {
    FLIGHT_KEY_MAX = 65535,
    FLIGHT_VALUE_MAX = 1 << 30,
};
#define FLIGHT_COUNT_MAX UINT32_MAX

struct flight;

/* Gets the answer to the `index`th request, and may drop the values. */
typedef void flight_take_fn(void *context, struct flight *flight, size_t index);

/* All zero: empty, and no answer may hold a value. */
struct flight {
    uint8_t *requests;
    size_t requests_len;
    size_t requests_room;
    size_t sent;

    struct answer *answers; /* one for each request */
    size_t count;
    size_t room;
    size_t current; /* the one to be read next */

    struct values values; /* of all answers; their bound is kept when the flight is cleared */
    struct reader reader; /* of the current answer */

    flight_take_fn *take; /* called with each answer once it is complete; NULL: not called */
    void *take_context;
};

/* TCPSTORE_ENOMEM, or TCPSTORE_EKEYSIZE, EVALUESIZE or EKEYCOUNT past the limits above. After
 * an error the flight is unchanged. */
int flight_add(struct flight *flight, const struct encode *encode);

/* The bytes to be sent next, and how many of them were sent. */
struct span flight_unsent(const struct flight *flight);
void flight_sent(struct flight *flight, size_t len);

/* Takes bytes received. Errors as answer_read; TCPSTORE_EPROTOCOL also for bytes after the last
 * answer. After an error only clear and done may be called. */
int flight_receive(struct flight *flight, struct span bytes);

/* Every request was sent and answered. */
bool flight_is_done(const struct flight *flight);

/* Starts over with the same requests and no answers. */
void flight_rewind(struct flight *flight);

/* Empties it; keeps the bound of its values and memory for a few small requests. */
void flight_clear(struct flight *flight);

void flight_done(struct flight *flight);

#endif
