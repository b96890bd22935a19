/* A stage under examination, and the culprits that are found. Not thread-safe. */
#ifndef WHY_EXAMINATION_H
#define WHY_EXAMINATION_H

#include "why/blocks.h"
#include "why/culprits.h"
#include "why/group.h"
#include "why/members.h"

struct examination {
    struct culprits *culprits;
    const struct stage *stage;
    const struct facts *facts;
    const struct identities *identities;
    struct members members;
    struct members strays; /* in the other half of a job that is split */
    struct blocks blocks;
    struct group group;
    struct culprit *unknown; /* the latest one; NULL: none */
    bool is_sure;            /* of the next culprit */
};

/* All of these: TCPSTORE_ENOMEM. */

TCPSTORE_MUST_USE
int examination_add(
    struct examination *exam, enum culprit_kind kind, uint32_t number,
    const struct facts_client *client);

/* A member of which no client is known. Neighbours of a kind and host are one culprit. */
TCPSTORE_MUST_USE
int examination_add_unknown(
    struct examination *exam, enum culprit_kind kind, uint32_t number,
    const struct facts_client *client);

/* The member has not done its part. */
TCPSTORE_MUST_USE
int examination_blame(struct examination *exam, uint32_t number);

/* Those that wait in the stage, of BARRIERs of that size; 0: they are WAITs. They expect more
 * members, or fewer, than there are. */
TCPSTORE_MUST_USE
int examination_add_waiters(struct examination *exam, int64_t barrier_size);

/* Members that are unknown may have connected, and hang before they write their first key. */
TCPSTORE_MUST_USE
int examination_add_clients_without_a_key(struct examination *exam);

static inline bool examination_waits(
    const struct examination *exam, const struct facts_client *client)
{
    return exam->identities->of[client - exam->facts->clients].stage == exam->stage;
}

#endif
