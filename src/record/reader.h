/* Reads the entries of a record's file, whose bytes need not be trusted. */
#ifndef RECORD_READER_H
#define RECORD_READER_H

#include "record/segment.h"

enum record_outcome {
    OUTCOME_EXECUTED,
    OUTCOME_WAITING, /* a WAIT or BARRIER that did not end in its client's turn */
    OUTCOME_REFUSED,
    OUTCOME_CONNECTED, /* not operations: the client's arrival and departure */
    OUTCOME_CLOSED,
};

struct record_entry {
    uint64_t number;
    int64_t unix_ms;
    uint32_t client;
    enum record_outcome outcome;
    bool begins_turn;    /* the client had sent those of one turn by then */
    int code;            /* of the refusal, as in tcpstore/error.h; otherwise 0 */
    struct span request; /* its first bytes; parts.h walks them. Empty if it is none */
    uint64_t len;        /* of the whole request; 0: unknown */
    struct span text;    /* the address, or why the client was disconnected */
};

struct record_reader {
    int64_t origin;
    uint64_t lost; /* entries that were overwritten before the first one */
    uint64_t next; /* number of the next entry */
    struct span rest;
    struct segment segment;
    struct span requests; /* of the segment, not yet read */
    const uint8_t *wait;  /* the request in it that waits; NULL: none */
};

enum record_problem {
    RECORD_NOT_ONE = -1,
    RECORD_OTHER_VERSION = -2,
    RECORD_NOT_WHOLE = -3, /* the file was truncated */
    RECORD_MALFORMED = -4,
};

/* Begins to read a file. Returns 0, or a problem. The bytes are borrowed. */
int record_reader_init(struct record_reader *reader, struct span file);

/* Returns 1 and the next entry, 0 at the end, or RECORD_MALFORMED. */
int record_read(struct record_reader *reader, struct record_entry *ret_entry);

/* Such as "truncated". */
const char *record_problem_text(int problem);

#endif
