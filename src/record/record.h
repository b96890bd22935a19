/*
 * The flight recorder: what clients asked for most recently, in a ring of fixed size.
 *
 * The engine adds a segment for each turn of a session: the requests that were executed, as
 * they arrived. They are decoded when the ring is read, so that an operation costs little more
 * than the copy of its bytes, and not even that if they are received in record_room. Long
 * requests are cut.
 *
 * The ring consists of blocks. When the newest is full, the oldest is emptied for reuse. An
 * entry is an operation, or the arrival or departure of a client; entries are numbered from 1.
 * Not thread-safe, but a signal handler may interrupt any function here and read the ring.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include <stddef.h>
#include <string.h>

#include "base/cold.h"
#include "record/segment.h"

enum {
    RECORD_BLOCKS = 8,
    RECORD_MIN = 16 * 1024, /* bytes of a ring */
    RECORD_WHOLE = 256, /* bytes of a request; while those of a turn are no longer on average,
                           they are not cut */
    RECORD_ROOMS = 16,  /* part of a block that is too small to receive requests in it */
    RECORD_COPIED_BLOCKS = 4, /* without record_room, after one of which a part was lost */
};

struct record_block {
    uint64_t first; /* number of its first entry; 0: it has never been used */
    size_t len;     /* of its segments; unused in the newest */
};

struct record {
    uint8_t *memory;
    size_t block_size;
    size_t newest;          /* block */
    uint8_t *at;            /* where the next segment begins, in the newest block */
    uint8_t *last;          /* the last place in it for the head of a segment */
    uint8_t *room_end;      /* from here on there is no record_room in it */
    unsigned copied_blocks; /* the next ones, in which there is none */
    uint64_t next;          /* number of the next entry */
    struct record_block blocks[RECORD_BLOCKS];
};

/* The ring takes `size` bytes of `memory`, RECORD_MIN or more, which stay the caller's. */
void record_init(struct record *record, void *memory, size_t size);

/* Adds a segment for which there is room. The release order is for signal handlers: what is
 * before `at` is complete. */
static inline void record_put(
    struct record *record, const struct segment *segment, struct span bytes)
{
    uint8_t *at = record->at;
    uint8_t *end = at + SEGMENT_HEAD + bytes.len;

    segment_put(at, segment);
    record->next += segment->count;
    if (bytes.bytes != at + SEGMENT_HEAD) /* where it is cold, gcc's memcpy goes byte by byte */
        memmove(at + SEGMENT_HEAD, bytes.bytes, bytes.len);
    __atomic_store_n(&record->at, end, __ATOMIC_RELEASE);
}

static inline bool record_has_room(const struct record *record, size_t len)
{
    return (ptrdiff_t)len <= record->last - record->at;
}

/* Where to receive requests of a client, so that record_turn need not copy those at the front.
 * The record leaves them as they are until it adds anything else than that turn and the refused
 * request after it. Requests there that are long or refused cost the rest of their block; so
 * that this is rare, there is no room in some blocks then. */
static inline struct room record_room(const struct record *record)
{
    if (record->at >= record->room_end)
        return (struct room){.bytes = NULL};
    return (struct room){record->at + SEGMENT_HEAD, (size_t)(record->last - record->at)};
}

/* record_turn's, if the requests do not fit in the newest block, or are long. */
COLD void record_add_turn(
    struct record *record, uint64_t time, uint32_t client, struct span bytes, uint64_t count,
    bool waits);

/* A client has had a turn, in which `count` requests, the whole of `bytes`, were executed.
 * `waits`: at its end, the last WAIT or BARRIER waits. Not inlined, it costs each turn 13
 * instructions more. */
static inline void record_turn(
    struct record *record, uint64_t time, uint32_t client, struct span bytes, uint64_t count,
    bool waits)
{
    if (bytes.len > count * RECORD_WHOLE || !record_has_room(record, bytes.len)) {
        record_add_turn(record, time, client, bytes, count, waits);
        return;
    }
    record_put(
        record,
        &(struct segment){
            .time = time,
            .client = client,
            .len = (uint32_t)bytes.len,
            .count = (uint32_t)count,
            .waits = waits,
        },
        bytes);
}

/* Keeps the first bytes of a request that was refused for `code`. */
COLD void record_refused(
    struct record *record, uint64_t time, uint32_t client, int code, struct span request);

/* A client has connected or was disconnected: `kind` is SEGMENT_CONNECTED or _CLOSED. */
COLD void record_event(
    struct record *record, uint64_t time, uint32_t client, enum segment_kind kind,
    struct span text);

#endif
