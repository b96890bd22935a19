/* A request that scan_request has read. */
#ifndef WIRE_REQUEST_H
#define WIRE_REQUEST_H

#include "base/blob.h"
#include "base/bytes.h"

/* The keys of a CHECK, WAIT or MULTI_GET, or the pairs of a MULTI_SET. */
struct request_items {
    const uint8_t *at;
    uint64_t left;
};

/* The opcode's layout decides which members are set. All spans point into the request. */
struct request {
    size_t len; /* of the request, in bytes */
    uint8_t opcode;
    uint32_t word;        /* VALIDATE: magic; PING: nonce */
    struct span key;      /* empty if the request has none or many */
    struct slice value;   /* SET, APPEND, QUEUE_PUSH; COMPARE_SET: desired. The caller sets its
                             blob: the one that holds the request, or null */
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

/* Takes the next of `items`, which must not be empty. */
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
