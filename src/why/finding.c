#include "why/finding.h"

#include "why/agents.h"
#include "why/barrier.h"
#include "why/numbered.h"

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static int examine(struct examination *exam)
{
    if (exam->stage->most_size > 0)
        return barrier_examine_operation(exam);
    switch (exam->stage->match.family->setter) {
    case SETTER_NUMBERED:
        return numbered_examine(exam);
    case SETTER_FIRST:
        return examination_blame(exam, 0);
    case SETTER_LAST_MEMBER:
        return barrier_examine_counted(exam);
    case SETTER_AGENTS:
        return agents_examine(exam);
    default:
        return 0;
    }
}

/* 0: it is unknown. If a member beyond those that the ranks tell of is awaited, they do not
 * agree. */
static uint32_t world_for(
    const struct stage *stage, const struct facts *facts, const struct identities *identities)
{
    const struct family_match *match = &stage->match;
    const struct stage *roll = identities->roll;

    if (facts->world > 0)
        return facts->world;
    if (roll == NULL || (match->family->traits & FAMILY_ALL_RANKS) == 0 || match->is_subgroup ||
        !span_equal(match->job, roll->match.job) || stage->highest >= roll->world)
        return 0;
    return roll->world;
}

int finding_init(
    struct finding *finding, struct memory *memory, const struct hash_key *hash_key,
    const struct stage *stage, const struct facts *facts, const struct identities *identities)
{
    struct culprits *culprits = &finding->culprits;
    struct examination exam = {
        .culprits = culprits,
        .stage = stage,
        .facts = facts,
        .identities = identities,
        .is_sure = true,
    };
    uint32_t world = world_for(stage, facts, identities);
    uint32_t bound = larger(larger(stage->present.bound, world), identities->bound);
    int code;

    finding->stage = stage;
    *culprits = (struct culprits){
        .memory = memory,
        .world = world,
        .is_known = world > 0,
    };
    culprits->end = &culprits->first;
    code = numbers_init(&culprits->missing, memory, bound);
    if (code == 0)
        code = members_init(&exam.members, memory, &stage->match, facts, identities, bound);
    if (code == 0)
        code = blocks_init(&exam.blocks, memory, hash_key, &exam.members);
    culprits->usual = exam.blocks.usual;
    if (code == 0)
        code = examine(&exam);
    if (code == 0 && (exam.unknown != NULL || culprits->first == NULL))
        code = examination_add_clients_without_a_key(&exam);
    blocks_done(&exam.blocks);
    members_done(&exam.strays);
    members_done(&exam.members);
    return code;
}

void finding_done(struct finding *finding)
{
    struct culprits *culprits = &finding->culprits;

    while (culprits->first != NULL) {
        struct culprit *culprit = culprits->first;

        culprits->first = culprit->next;
        memory_free(culprits->memory, culprit, sizeof(*culprit));
    }
    numbers_done(&culprits->missing, culprits->memory);
}
