/* Requests, written: the other direction of scan and request. */
#ifndef WIRE_ENCODE_H
#define WIRE_ENCODE_H

#include "base/span.h"
#include "wire/opcode.h"

/* Which members matter follows from the opcode's layout. */
struct encode {
    enum wire_opcode opcode;
    uint32_t word;             /* VALIDATE: magic; PING: nonce */
    int64_t number;            /* ADD: delta; BARRIER: world size */
    struct span prefix;        /* what each key begins with, in front of its own bytes */
    const struct span *keys;   /* one, or `count` of them */
    const struct span *values; /* likewise; COMPARE_SET: expected, desired */
    size_t count;              /* of a counted layout; otherwise ignored */
};

/* How many bytes encode_request writes. */
size_t encode_size(const struct encode *encode);

/* Writes the request and returns the byte after it. */
uint8_t *encode_request(const struct encode *encode, uint8_t *bytes);

#endif
