/*
 * Reads requests: finds the end and the fields of a request, without executing or copying
 * anything. The scan of a request of many keys goes on where it stopped, so that each key is
 * scanned once, however the bytes arrive. The scan of any other request is short and starts
 * over.
 */
#ifndef WIRE_SCAN_H
#define WIRE_SCAN_H

#include "base/span.h"
#include "wire/request.h"

/* The largest that are accepted. */
struct wire_limits {
    size_t key_bytes;
    size_t value_bytes;
    size_t keys_per_request;
};

/* Progress of the scan of one request. All zero: at its first byte. */
struct scan {
    size_t need;    /* lower bound on the request's size, in bytes; 0: not known */
    size_t at;      /* offset of the next item to scan; 0: before the first */
    uint64_t items; /* left to scan */
};

/* Why a request was refused. */
struct refusal {
    int code;
    const char *operation; /* its name, "unknown" if it has none; static storage */
    struct span key;       /* the key concerned, if it has arrived; points into the request */
    uint64_t actual;       /* the opcode; with a limit: the size or count that exceeds it */
    uint64_t limit;        /* 0: the code has none */
    const char *advice;    /* how to raise the limit, if its name does not say so; NULL: none;
                              static storage */
};

/* All items of the request, which has `len` bytes, are known to be valid: the next call of
 * scan_request finds it whole without a look at them. */
static inline void scan_skip_items(struct scan *scan, size_t len)
{
    *scan = (struct scan){.at = len};
}

enum scan_verdict {
    SCAN_MORE,  /* incomplete: the request has at least `need` bytes */
    SCAN_WHOLE, /* complete; `scan` is at the first byte of the next request */
    SCAN_BAD,   /* refused: TCPSTORE_EOPCODE, EKEYSIZE, EVALUESIZE or EKEYCOUNT */
};

/*
 * Scans `bytes`, which start with the first byte of the request; further calls for the same
 * request have more bytes at the end. A length over its limit is refused as soon as it arrives,
 * before the bytes that it announces. *ret_request is valid only after SCAN_WHOLE.
 */
enum scan_verdict scan_request(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    struct request *ret_request, struct refusal *ret_refusal);

#endif
