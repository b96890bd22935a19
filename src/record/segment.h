/*
 * The bytes of a record: what a ring holds, and what a file holds after its head.
 *
 * A segment is a head and then `len` bytes. All integers are little-endian.
 *
 *     offset  size
 *          0     8  time: ms of the server's clock
 *          8     4  client: its number, from 1 in the order of connecting
 *         12     4  len
 *         16     4  count of entries: operations, or 1
 *         20     1  kind: enum segment_kind
 *         21     1  code: why it was refused, as in tcpstore/error.h but positive; otherwise 0
 *         22     1  1: the last WAIT or BARRIER waits at the end of the turn; otherwise 0
 *         23     1  0
 *
 * A file begins with FILE_HEAD bytes:
 *
 *          0    24  "tcpstore-record 1\n", then zeros
 *         24     8  origin: Unix time in ms at which the server's clock was 0; signed
 *         32     8  first: number of the first entry. Entries are numbered from 1 on
 *         40     8  lost: entries that were asked for and had been overwritten
 *         48     8  len: bytes of segments that follow
 *
 * In a file, the bytes of values are 0.
 */
#ifndef RECORD_SEGMENT_H
#define RECORD_SEGMENT_H

#include "base/bytes.h"
#include "base/span.h"

enum segment_kind {
    SEGMENT_EXECUTED,  /* whole requests, which were executed in one turn */
    SEGMENT_CUT,       /* u64 length of one executed request, then its first bytes */
    SEGMENT_REFUSED,   /* the first bytes of a request that was refused */
    SEGMENT_CONNECTED, /* the client's address, as text */
    SEGMENT_CLOSED,    /* why the client was disconnected, as text */
    SEGMENT_KINDS
};

enum {
    SEGMENT_HEAD = 24,
    SEGMENT_CUT_HEAD = 8,   /* in front of the bytes of a SEGMENT_CUT */
    SEGMENT_CUT_MAX = 256,  /* bytes that are kept of a request that is cut or refused */
    SEGMENT_TEXT_MAX = 256, /* bytes of an address, or a reason */
    FILE_HEAD = 56,
};

#define FILE_MAGIC "tcpstore-record 1\n"

struct segment {
    uint64_t time;
    uint32_t client;
    uint32_t len;
    uint32_t count;
    uint8_t kind;
    uint8_t code;
    bool waits;
};

static inline void segment_put(uint8_t *bytes, const struct segment *segment)
{
    bytes_put_u64(bytes, segment->time);
    bytes_put_u64(bytes + 8, segment->client | (uint64_t)segment->len << 32);
    bytes_put_u64(
        bytes + 16, segment->count | (uint64_t)segment->kind << 32 |
                        (uint64_t)segment->code << 40 | (uint64_t)segment->waits << 48);
}

/* Takes a segment from the front of `rest`. Returns false if it is malformed or not whole. */
static inline bool segment_take(
    struct span *rest, struct segment *ret_segment, struct span *ret_bytes)
{
    const uint8_t *bytes = rest->bytes;
    struct segment segment;

    if (rest->len < SEGMENT_HEAD)
        return false;
    segment = (struct segment){
        .time = bytes_get_u64(bytes),
        .client = bytes_get_u32(bytes + 8),
        .len = bytes_get_u32(bytes + 12),
        .count = bytes_get_u32(bytes + 16),
        .kind = bytes[20],
        .code = bytes[21],
        .waits = bytes[22] != 0,
    };
    if (segment.len > rest->len - SEGMENT_HEAD || segment.kind >= SEGMENT_KINDS)
        return false;
    *ret_segment = segment;
    *ret_bytes = span_of(bytes + SEGMENT_HEAD, segment.len);
    *rest = span_from(*rest, SEGMENT_HEAD + segment.len);
    return true;
}

#endif
