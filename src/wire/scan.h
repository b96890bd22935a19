/*
 * Reads requests: finds where one ends, and its fields. Executes nothing, copies nothing, and
 * resumes: of a request of many keys, those that were looked at once are not looked at again
 * when more arrive; of any other there is little to look at.
 */
#ifndef WIRE_SCAN_H
#define WIRE_SCAN_H

#include "base/span.h"
#include "wire/request.h"

/* Each is the largest that is let through. */
struct wire_limits {
    size_t key_bytes;
    size_t value_bytes;
    size_t keys_per_request;
};

/* Where the scan of a request stands. All zero: at its first byte. */
struct scan {
    size_t need;    /* lower bound on the request's size, in bytes; 0: not known */
    size_t at;      /* offset of the next item to scan; 0: before the first */
    uint64_t items; /* that are left to scan */
};

/* Why a request was refused. */
struct refusal {
    int code;
    const char *operation; /* its name, "unknown" if it has none; static storage */
    struct span key;       /* the one concerned, once it has arrived; lies in the request */
    uint64_t actual; /* the opcode; or, with a limit, what was announced or would be reached */
    uint64_t limit;  /* 0: the code has none */
    const char *advice; /* what lifts the limit, if the limit's own name does not say it; NULL:
                           nothing to add; static storage */
};

enum scan_verdict {
    SCAN_MORE,  /* not all of it is there: at least `need` bytes are needed in all */
    SCAN_WHOLE, /* it is read; `scan` is at the first byte of the next one */
    SCAN_BAD,   /* TCPSTORE_EOPCODE, EKEYSIZE, EVALUESIZE or EKEYCOUNT, see the refusal */
};

/*
 * Looks at `bytes`, which start with the request's first byte and, from call to call, grow
 * at their end. A length over its limit is refused as soon as it is there, whether or not
 * the bytes it announces are. What *ret_request holds counts after SCAN_WHOLE alone.
 */
enum scan_verdict scan_request(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    struct request *ret_request, struct refusal *ret_refusal);

#endif
