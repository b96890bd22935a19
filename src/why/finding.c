#include "why/finding.h"

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
    default:
        return 0;
    }
}

static uint32_t bound_for(
    const struct stage *stage, const struct facts *facts, const struct identities *identities)
{
    return larger(larger(stage->present.bound, facts->world), identities->bound);
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
    uint32_t bound = bound_for(stage, facts, identities);
    int code;

    finding->stage = stage;
    *culprits = (struct culprits){
        .memory = memory,
        .world = facts->world,
        .is_known = facts->world > 0,
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
