/* A whole request, as scan_request has found it, read and written. */
#ifndef WIRE_REQUEST_H
#define WIRE_REQUEST_H

#include "base/span.h"

/* The keys of a CHECK, WAIT or MULTI_GET, the pairs of a MULTI_SET, one after another. */
struct request_items {
    const uint8_t *at;
    uint64_t left;
};

/* Which members are set follows from the opcode's layout; all spans lie in the request. */
struct request {
    uint8_t opcode;
    uint32_t word;        /* VALIDATE: magic; PING: nonce */
    struct span key;      /* all with one key */
    struct span value;    /* SET, APPEND, QUEUE_PUSH; COMPARE_SET: desired */
    struct span expected; /* COMPARE_SET */
    int64_t number;       /* ADD: delta; BARRIER: world size */
    struct request_items items;
};

/* `bytes` are one request, for which scan_request has answered SCAN_WHOLE. */
void request_parse(struct span bytes, struct request *ret_request);

/* Takes the next of `items`, of which some must be left. */
struct span request_next_key(struct request_items *items);
void request_next_pair(
    struct request_items *items, struct span *ret_key, struct span *ret_value);

#endif
