/*
 * Who is everybody waiting for?
 *
 * report_init collects the stages from the facts. Then the caller answers what each stage asks,
 * and report_find works out what is wrong. The result is data; report_write writes it as text.
 * Not thread-safe.
 */
#ifndef WHY_REPORT_H
#define WHY_REPORT_H

#include "why/finding.h"
#include "why/hosts.h"

enum {
    REPORT_EXAMINED_MAX = 32, /* stages, those with the longest waits; the others have no
                                 culprits */
    REPORT_SHOWN_MAX = 8,     /* stages that report_write shows without `all` */
    REPORT_OF_A_KIND = 8,     /* culprits of a stage that report_write shows without `all` */
    REPORT_REASON_MAX = 300,  /* bytes, with the terminator */
};

enum verdict {
    VERDICT_IDLE,    /* no client waits, or only for events that may never happen */
    VERDICT_WAITING, /* but for less than `hang_ms` */
    VERDICT_HANGS,
};

struct report {
    struct memory *memory;
    const struct facts *facts;
    struct identities identities;
    struct stages stages;

    /* Set these before report_find: */
    int64_t hang_ms; /* a wait of that length hangs */
    bool all;        /* report_write omits no line */

    /* After report_find: */
    struct finding *findings; /* the longest wait first; watched stages last */
    size_t finding_count;
    struct hosts hosts;
    size_t connected;               /* clients */
    size_t waiting;                 /* of them, but for those in watched stages */
    int64_t longest_ms;             /* of their waits */
    char reason[REPORT_REASON_MAX]; /* why the longest wait does not end; empty: unknown */
};

/* TCPSTORE_ENOMEM: then call report_done, too. */
TCPSTORE_MUST_USE
int report_init(
    struct report *report, struct memory *memory, const struct hash_key *hash_key,
    const struct facts *facts);

void report_done(struct report *report);

/* May be called again, with other settings. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int report_find(struct report *report);

enum verdict report_verdict(const struct report *report);

/* The stage with the longest wait that is not watched. NULL: none. Needs only report_init. */
const struct stage *report_longest(const struct report *report);

/* "8 clients are connected; 7 wait, the longest for 31 s". */
void report_write_summary(struct lines *lines, const struct report *report);

/* TCPSTORE_ENOMEM, TCPSTORE_EOUTPUT. */
TCPSTORE_MUST_USE
int report_write(struct report *report, struct outbox *outbox);

#endif
