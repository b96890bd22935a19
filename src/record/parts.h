/* Walks the fields of a request whose end may be missing. Unlike scan_request, it gives the
 * fields before the cut, and has no limits. */
#ifndef RECORD_PARTS_H
#define RECORD_PARTS_H

#include "base/span.h"
#include "wire/opcode.h"

struct part {
    uint8_t field;    /* enum wire_field */
    uint64_t len;     /* of a key or value, also of its missing bytes; else the field's size */
    struct span here; /* the bytes that are not missing */
};

struct parts {
    struct span rest;
    const struct wire_layout *layout; /* NULL: the opcode is missing or unknown */
    uint64_t items;                   /* left; 1 for a request without a count */
    size_t field;                     /* the next one of the item */
    bool is_cut;                      /* a byte of the request is missing */
};

/* `bytes` begin with a request. */
struct parts parts_of(struct span bytes);

/* Returns false at the end: the request is whole unless `is_cut`, and `rest` follows it. */
bool parts_next(struct parts *parts, struct part *ret_part);

/* The length of the whole request at the front of `bytes`; 0 if there is none. */
size_t parts_request_len(struct span bytes);

#endif
