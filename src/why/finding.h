/*
 * Finds the members that the clients of a stage wait for, from the facts and the answers that
 * the stage got. Not thread-safe.
 */
#ifndef WHY_FINDING_H
#define WHY_FINDING_H

#include "why/culprits.h"

struct finding {
    const struct stage *stage;
    struct culprits culprits; /* empty until finding_init */
};

/* TCPSTORE_ENOMEM: then call finding_done, too. */
TCPSTORE_MUST_USE
int finding_init(
    struct finding *finding, struct memory *memory, const struct hash_key *hash_key,
    const struct stage *stage, const struct facts *facts, const struct identities *identities);

void finding_done(struct finding *finding);

#endif
