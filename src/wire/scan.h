/*
 * Finds where a request ends. Executes nothing, copies nothing, and resumes: bytes that
 * were looked at once are not looked at again when more arrive.
 */
#ifndef WIRE_SCAN_H
#define WIRE_SCAN_H

#include "base/span.h"

/* Each is the largest that is let through. */
struct wire_limits {
    size_t key_bytes;
    size_t value_bytes;
    size_t keys_per_request;
};

/* Where the scan of a request stands. All zero: at its first byte. */
struct scan {
    size_t at;      /* bytes of the request that are done with */
    size_t need;    /* bytes that the request has at the least; more than `at` */
    uint64_t items; /* repetitions of the layout's fields that are not done with */
    uint8_t field;  /* index of the next one in the layout */
    bool counted;   /* the count, if the layout has one, is done with */
};

/* Why a request was refused. */
struct refusal {
    int code;
    const char *operation; /* its name, "unknown" if it has none; static storage */
    struct span key;       /* that it was about, if that is known; lies in the request */
    uint64_t actual; /* the opcode; or, with a limit, what was announced or would be reached */
    uint64_t limit;  /* 0: the code has none */
};

enum scan_verdict {
    SCAN_MORE,  /* not all of it is there: at least `need` bytes are needed in all */
    SCAN_WHOLE, /* it takes the first `at` bytes */
    SCAN_BAD,   /* TCPSTORE_EOPCODE, EKEYSIZE, EVALUESIZE or EKEYCOUNT, see the refusal */
};

/*
 * Looks at `bytes`, which start with the request's first byte and, from call to call, grow
 * at their end. A length over its limit is refused as soon as it is there, whether or not
 * the bytes it announces are. After SCAN_WHOLE, start again from a zeroed `scan`.
 */
enum scan_verdict scan_request(
    struct scan *scan, const struct wire_limits *limits, struct span bytes,
    struct refusal *ret_refusal);

#endif
