/* Writes requests; wire/scan.h reads them. */
#ifndef WIRE_ENCODE_H
#define WIRE_ENCODE_H

#include "base/span.h"
#include "wire/opcode.h"

/* The opcode's layout decides which members are used. */
struct encode {
    enum wire_opcode opcode;
    uint32_t word;             /* VALIDATE: magic; PING: nonce */
    int64_t number;            /* ADD: delta; BARRIER: world size */
    struct span prefix;        /* written before the bytes of each key */
    const struct span *keys;   /* one, or `count` of them */
    const struct span *values; /* likewise; COMPARE_SET: expected, desired */
    size_t count;              /* of a counted layout */
};

/* The number of bytes that encode_request writes. */
size_t encode_size(const struct encode *encode);

/* Writes the request and returns the byte after it. */
uint8_t *encode_request(const struct encode *encode, uint8_t *bytes);

#endif
