/*
 * The answer to one request, read from pieces of any size.
 *
 * Answers are untrusted: memory grows with the bytes received, not with the sizes announced,
 * and has a bound. An answer that no TCPStore server sends is TCPSTORE_EPROTOCOL.
 */
#ifndef CLIENT_ANSWER_H
#define CLIENT_ANSWER_H

#include "base/span.h"
#include "client/value.h"
#include "wire/opcode.h"

struct answer {
    /* From the request. */
    enum wire_opcode opcode;
    uint32_t nonce; /* PING */
    size_t asked;   /* how many values the request asks for; not of LIST_KEYS and QUEUE_POP */

    /* ADD, GETNUMKEYS, DELETE_KEY, QUEUE_POP, QUEUE_LEN, LIST_KEYS: as answered. CHECK: 1 if
     * all keys exist, else 0. WAIT, BARRIER: 1 if released, 0 if cancelled. */
    int64_t number;

    /* Where its values are in the list. */
    size_t first_value;
    size_t value_count;
};

enum part {
    PART_NONE, /* nothing is left to be read */
    PART_STATUS,
    PART_NONCE,
    PART_NUMBER,
    PART_LENGTH,
    PART_BODY,
};

/* Progress in an answer. */
struct reader {
    enum part part;       /* the one to be read next */
    uint8_t field[8];     /* the bytes of an integer */
    size_t field_len;     /* how many of them have been received */
    uint64_t values_left; /* the one in progress included */
    size_t body_len;      /* full size of the value in progress */
    size_t body_room;
    const char *violation; /* after TCPSTORE_EPROTOCOL: what is wrong */
};

/* Starts an answer, whose values will follow those in `values`. The next part is PART_NONE if
 * the request has no answer. */
void answer_begin(struct answer *answer, struct reader *reader, const struct values *values);

/*
 * Reads at most up to the end of the next part, and moves *bytes past what it has read. The
 * answer is complete when the next part is PART_NONE.
 *
 * TCPSTORE_EPROTOCOL    no server sends this
 * TCPSTORE_EANSWERSIZE  the values exceed their bound
 * TCPSTORE_ENOMEM
 */
int answer_read(
    struct answer *answer, struct reader *reader, struct values *values, struct span *bytes);

/* Returns TCPSTORE_EPROTOCOL. */
int reader_fail(struct reader *reader, const char *violation);

#endif
