/*
 * Who is everybody waiting for? As text.
 *
 * report_init collects the stages from the facts. Then the caller answers what each stage asks,
 * and report_write finds the culprits. Not thread-safe.
 */
#ifndef WHY_REPORT_H
#define WHY_REPORT_H

#include "why/lines.h"
#include "why/stages.h"

enum { REPORT_REASON_MAX = 300 /* bytes, with the terminator */ };

enum verdict {
    VERDICT_IDLE,    /* no client waits, or only for events that may never happen */
    VERDICT_WAITING, /* but for less than `hang_ms` */
    VERDICT_HANGS,
};

struct report {
    struct memory *memory;
    const struct facts *facts;
    struct stages stages;
    int64_t hang_ms;                /* a wait of that length hangs */
    bool all;                       /* no line is omitted */
    char reason[REPORT_REASON_MAX]; /* after report_write: why the longest wait does not end, as
                                       far as it is known */
};

/* TCPSTORE_ENOMEM: then call report_done, too. */
TCPSTORE_MUST_USE
int report_init(
    struct report *report, struct memory *memory, const struct hash_key *hash_key,
    const struct facts *facts);

void report_done(struct report *report);

enum verdict report_verdict(const struct report *report);

/* The stage with the longest wait, among those that do not wait for events that may never
 * happen. NULL: none. */
const struct stage *report_longest(const struct report *report);

/* TCPSTORE_ENOMEM, TCPSTORE_EOUTPUT. */
TCPSTORE_MUST_USE
int report_write(struct report *report, struct outbox *outbox);

#endif
