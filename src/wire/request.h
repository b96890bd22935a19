/* A request, as scan_request has read it. */
#ifndef WIRE_REQUEST_H
#define WIRE_REQUEST_H

#include "base/blob.h"
#include "base/bytes.h"

/* The keys of a CHECK, WAIT or MULTI_GET, the pairs of a MULTI_SET, one after another. */
struct request_items {
    const uint8_t *at;
    uint64_t left;
};

/* Which members are set follows from the opcode's layout; all spans lie in the request. */
struct request {
    size_t len; /* bytes that it takes */
    uint8_t opcode;
    uint32_t word;        /* VALIDATE: magic; PING: nonce */
    struct span key;      /* empty if it has none, or many */
    struct slice value;   /* SET, APPEND, QUEUE_PUSH; COMPARE_SET: desired; its blob is the
                             caller's to set: what the request lies in, or null */
    struct span expected; /* COMPARE_SET */
    int64_t number;       /* ADD: delta; BARRIER: world size */
    struct request_items items;
};

static inline struct span request_next_sized(struct request_items *items)
{
    struct span span = span_of(items->at + 8, (size_t)bytes_get_u64(items->at));

    items->at += 8 + span.len;
    return span;
}

/* Takes the next of `items`, of which some must be left. */
static inline struct span request_next_key(struct request_items *items)
{
    items->left--;
    return request_next_sized(items);
}

static inline void request_next_pair(
    struct request_items *items, struct span *ret_key, struct span *ret_value)
{
    *ret_key = request_next_key(items);
    *ret_value = request_next_sized(items);
}

#endif
