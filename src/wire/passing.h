/*
 * Where requests and replies end in the bytes of one connection, for who passes them on and
 * keeps none. It follows a client that sends nothing while it waits for a reply, as PyTorch's
 * does, and gives up on any other.
 */
#ifndef WIRE_PASSING_H
#define WIRE_PASSING_H

#include "base/span.h"
#include "wire/opcode.h"

/* What is still to come of a request or a reply. All zero: nothing. */
struct passing_rest {
    uint64_t skip;    /* bytes that come first */
    bool has_count;   /* then a number: how often `each` parts come */
    bool is_one_most; /* but not more than once */
    uint8_t each;
    uint8_t word_len;
    uint8_t word[8]; /* what has come of a number or a length */
    uint8_t tail;    /* bytes that come last */
    uint64_t parts;  /* each a u64 length, and as many bytes */
    uint64_t count;  /* that has come */
};

enum passing_state {
    PASSING_REQUESTS, /* the client may send */
    PASSING_REPLY,    /* it waits for a reply */
    PASSING_LOST,     /* it cannot be followed */
};

/* All zero: nothing has passed. */
struct passing {
    enum passing_state state;
    bool is_settled; /* all that the client has sent took effect: the last was a reply */
    uint8_t opcode;  /* of the latest request */
    struct passing_rest rest;
};

/* Bytes of the client pass. */
void passing_up(struct passing *passing, struct span bytes);

/* Bytes of the server pass. */
void passing_down(struct passing *passing, struct span bytes);

#endif
