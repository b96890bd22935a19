#include "why/group.h"

#include "why/facts.h"

/* Those that wait in the stage have all set their own keys before. */
static uint32_t add_waiters(
    struct numbers *ranks, const struct stage *stage, const struct identities *identities)
{
    uint32_t unknown = 0;

    for (size_t i = 0; i < identities->count; i++) {
        const struct identity *identity = &identities->of[i];

        if (identity->stage != stage)
            continue;
        if (identity->member != NULL &&
            strcmp(identity->member, stage->match.family->member) == 0)
            numbers_add(ranks, identity->number);
        else
            unknown++;
    }
    return unknown;
}

static uint32_t highest_rank(const struct identities *identities)
{
    uint32_t highest = 0;

    for (size_t i = 0; i < identities->count; i++)
        if (identities->of[i].member != NULL && identities->of[i].number > highest &&
            identities->of[i].number < FACTS_WORLD_MAX)
            highest = identities->of[i].number;
    return highest;
}

/* `ranks` and the numbers that are present are the same members, in the same order. */
static void find_spacing(
    struct group *group, const struct numbers *ranks, const struct numbers *present)
{
    uint32_t rank = numbers_next(ranks, 0, true);
    uint32_t number = numbers_next(present, 0, true);
    uint32_t stride = 0;

    for (uint32_t left = ranks->count; left > 1; left--) {
        uint32_t next_rank = numbers_next(ranks, rank + 1, true);
        uint32_t next_number = numbers_next(present, number + 1, true);
        uint32_t step = (next_rank - rank) / (next_number - number);

        if ((next_rank - rank) % (next_number - number) != 0 || (stride != 0 && step != stride))
            return;
        stride = step;
        rank = next_rank;
        number = next_number;
    }
    group->stride = stride;
    group->start = (int64_t)rank - (int64_t)number * stride;
    if (group->start < 0)
        group->stride = 0;
}

int group_init(
    struct group *group, struct memory *memory, const struct stage *stage,
    const struct identities *identities)
{
    struct numbers ranks;
    uint32_t unknown;
    int code = numbers_init(&ranks, memory, highest_rank(identities) + 1);

    *group = (struct group){.stride = 0};
    if (code)
        return code;
    unknown = add_waiters(&ranks, stage, identities);
    if (unknown == 0 && ranks.count > 1 && ranks.count == stage->present.count)
        find_spacing(group, &ranks, &stage->present);
    numbers_done(&ranks, memory);
    return 0;
}

bool group_rank(const struct group *group, uint32_t number, uint32_t *ret_rank)
{
    int64_t rank = group->start + (int64_t)number * group->stride;

    if (group->stride == 0 || rank > UINT32_MAX)
        return false;
    *ret_rank = (uint32_t)rank;
    return true;
}
