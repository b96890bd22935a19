/* What the keys of each client tell of it: which member of which job it is, and the stage in
 * which it waits. Not thread-safe. */
#ifndef WHY_IDENTITIES_H
#define WHY_IDENTITIES_H

#include <tcpstore/error.h>

#include "base/memory.h"
#include "why/facts.h"
#include "why/families.h"

struct stage;

struct identity {
    const char *member; /* what `number` counts: "rank", "agent", …; NULL: it is unknown */
    struct span job;    /* empty: unknown, or without a prefix */
    uint32_t number;
    bool is_agent;             /* its first key is of SETTER_AGENTS */
    bool tells_world;          /* the value of its first key has the number of ranks */
    const struct stage *stage; /* in which it waits, once the stages are collected; NULL: in
                                  none */
};

struct identities {
    struct memory *memory;
    struct identity *of; /* each client of the facts */
    size_t count;
    uint32_t bound;           /* one more than the highest number, but for absurd ones */
    const struct stage *roll; /* whether all ranks have come; once the stages are collected.
                                 NULL: no client has named itself as a rank */
};

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int identities_init(
    struct identities *identities, struct memory *memory, const struct facts *facts);

void identities_done(struct identities *identities);

#endif
