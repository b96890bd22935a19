/*
 * Which rank of the job is which rank of a subgroup.
 *
 * PyTorch numbers the ranks of a group in ascending order, and groups are nearly always evenly
 * spaced: 4-7, or 0,8,16. Where that holds for the ranks that have come, the others follow from
 * it. Not thread-safe.
 */
#ifndef WHY_GROUP_H
#define WHY_GROUP_H

#include "why/stages.h"

struct group {
    uint32_t stride; /* between the ranks; 0: they are unknown */
    int64_t start;   /* rank of the job that is rank 0 of the group */
};

/* `stage` is SETTER_NUMBERED and has its answers. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int group_init(
    struct group *group, struct memory *memory, const struct stage *stage,
    const struct identities *identities);

/* Returns whether it is known. */
bool group_rank(const struct group *group, uint32_t number, uint32_t *ret_rank);

#endif
