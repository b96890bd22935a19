/*
 * The clients that wait, by what they wait for: a stage for all keys that differ only in their
 * number. Agents of torchrun that poll for others count as waiting, too. Whoever has the store
 * then answers what a stage asks: which of its keys exist, and how many members have counted
 * themselves. Not thread-safe.
 */
#ifndef WHY_STAGES_H
#define WHY_STAGES_H

#include "base/table.h"
#include "why/facts.h"
#include "why/families.h"
#include "why/identities.h"
#include "why/numbers.h"

enum { STAGES_ASK_MAX = 1 << 20 /* keys, of all stages; then the youngest are not examined */ };

struct stage {
    struct table_node node;    /* its name follows the struct */
    struct stage *next;        /* the longest wait first, once all are collected */
    struct family_match match; /* of the key that its first waiter awaits, or has set first */
    struct span key;           /* that one; empty: of the roll, if no client waits in it */
    size_t waiters;
    int64_t longest_ms;
    uint32_t lowest; /* awaited number */
    uint32_t highest;
    int64_t least_size; /* of BARRIERs; 0: they are WAITs */
    int64_t most_size;

    /* Answers: */
    struct numbers present; /* of the bound's numbers, those of keys that exist */
    int64_t counted;        /* in the stage's counter; -1: there is none */

    /* Only of SETTER_AGENTS: */
    uint32_t come;                   /* agents that are connected */
    int64_t changed_ms;              /* since the latest one has come or left */
    const struct facts_client *lost; /* it has left since all others came; NULL: none has */

    struct span teller; /* only of the roll: a key whose value contains the world size */
    uint32_t world;     /* the answer to that; 0: unknown */
};

struct stages {
    struct memory *memory;
    struct table table; /* by name */
    struct stage *first;
    size_t count;
    size_t asked; /* bounds of all `present` */
};

/* Collects the stages of all clients that wait, and sets those of their identities.
 * TCPSTORE_ENOMEM: then call stages_done, too. */
TCPSTORE_MUST_USE
int stages_init(
    struct stages *stages, struct memory *memory, const struct hash_key *hash_key,
    const struct facts *facts, struct identities *identities);

void stages_done(struct stages *stages);

/* Whether its event may never happen: then no client hangs in it. */
bool stage_is_watched(const struct stage *stage);

/* Call it once the stages have their answers. A stage in which all clients wait for one key,
 * such as llama-70b/ready, has members only if keys with other numbers exist. */
void stages_settle(struct stages *stages);

/* Writes the stage's key with that number to `key`, which has room for FACTS_KEY_MAX +
 * DECIMAL_MAX bytes. Returns its length. */
size_t stage_key(const struct stage *stage, uint32_t number, uint8_t *key);

#endif
