/* Which client is which member of a job, as far as the keys tell that it has written, or its
 * process. Not thread-safe. */
#ifndef WHY_MEMBERS_H
#define WHY_MEMBERS_H

#include <tcpstore/error.h>

#include "base/memory.h"
#include "why/facts.h"
#include "why/families.h"

struct members {
    struct memory *memory;
    const struct facts_client **clients; /* by number; NULL: unknown */
    uint32_t count;                      /* one more than the highest number known */
    uint32_t bound;
};

/* The members with numbers below `bound` of `match`'s job and kind. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int members_init(
    struct members *members, struct memory *memory, const struct family_match *match,
    const struct facts *facts, uint32_t bound);

void members_done(struct members *members);

static inline const struct facts_client *members_at(
    const struct members *members, uint32_t number)
{
    return number < members->bound ? members->clients[number] : NULL;
}

#endif
