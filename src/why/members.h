/* Which client is which member of a job. Not thread-safe. */
#ifndef WHY_MEMBERS_H
#define WHY_MEMBERS_H

#include "why/identities.h"

struct members {
    struct memory *memory;
    const struct facts *facts;
    uint32_t *clients; /* by number: one more than the client's index; 0: unknown */
    uint32_t count;    /* one more than the highest number known */
    uint32_t bound;
    const struct facts_client *twin; /* one that is connected as the same member as another;
                                        NULL: there is none */
    uint32_t twin_number;
};

/* The members with numbers below `bound` of `match`'s job and kind. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int members_init(
    struct members *members, struct memory *memory, const struct family_match *match,
    const struct facts *facts, const struct identities *identities, uint32_t bound);

void members_done(struct members *members);

/* NULL: it is unknown. */
static inline const struct facts_client *members_at(
    const struct members *members, uint32_t number)
{
    uint32_t client = number < members->bound ? members->clients[number] : 0;

    return client == 0 ? NULL : &members->facts->clients[client - 1];
}

#endif
