#include "why/numbered.h"

#include "base/container.h"

enum { OTHER_JOBS_MAX = 8 };

static bool has_left(const struct examination *exam, uint32_t number)
{
    const struct facts_client *client = members_at(&exam->members, number);

    return client != NULL && client->has_left;
}

/* Few wait for the number after all that are there; the others went on. */
static bool expects_more(const struct stage *stage)
{
    return stage->waiters > 0 && stage->lowest > 0 && stage->lowest == stage->present.count &&
           numbers_next(&stage->present, 0, false) == stage->lowest &&
           stage->waiters * 2 <= stage->lowest;
}

/* Those that have died or do nothing. */
static int add_perhaps(struct examination *exam)
{
    int code = 0;

    exam->is_sure = false;
    for (uint32_t at = 0; code == 0 && at < exam->members.count; at++) {
        const struct facts_client *client = members_at(&exam->members, at);

        if (client != NULL && client->awaited_count == 0)
            code = examination_blame(exam, at);
    }
    return code;
}

/* Of the default group, or one of which it is not known which ranks of the job it has. */
static int blame_all_missing(struct examination *exam)
{
    const struct numbers *present = &exam->stage->present;
    bool is_subgroup = exam->stage->match.is_subgroup;
    bool is_of_all = (exam->stage->match.family->traits & FAMILY_ALL_RANKS) != 0;
    int code = 0;

    for (uint32_t at = 0; code == 0 && at < exam->culprits->world; at++) {
        uint32_t rank = at;

        if (numbers_has(present, at)) {
            if (!is_subgroup && is_of_all && has_left(exam, at))
                code = examination_add(exam, CULPRIT_LEFT, at, members_at(&exam->members, at));
            continue;
        }
        if (is_subgroup && !group_rank(&exam->group, at, &rank))
            code = examination_add_unknown(exam, CULPRIT_UNKNOWN, at, NULL);
        else
            code = examination_blame(exam, rank);
    }
    return code;
}

/* Ranks that use different prefixes by mistake wait for each other: no rank is in both halves.
 */
static bool is_other_half(const struct stage *stage, const struct stage *other)
{
    return other->match.family == stage->match.family && other->match.is_default_group &&
           other->present.count > 0 && other->longest_ms >= stage->longest_ms / 2 &&
           numbers_are_disjoint(&stage->present, &other->present);
}

/* NULL: there is none. */
static const struct stage *find_other_half(const struct examination *exam)
{
    const struct stage *stage = exam->stage;
    const struct stage *latest = stage;
    size_t compared = 0;

    for (size_t i = 0; i < exam->identities->count && compared < OTHER_JOBS_MAX; i++) {
        const struct stage *other = exam->identities->of[i].stage;

        if (other == NULL || other == stage || other == latest)
            continue;
        latest = other;
        compared++;
        if (is_other_half(stage, other))
            return other;
    }
    return NULL;
}

static int find_strays(struct examination *exam)
{
    const struct stage *other = NULL;

    if (exam->stage->match.is_default_group)
        other = find_other_half(exam);
    if (other == NULL)
        return 0;
    return members_init(
        &exam->strays, exam->culprits->memory, &other->match, exam->facts, exam->identities,
        exam->members.bound);
}

static int add_twin(struct examination *exam)
{
    const struct members *members = &exam->members;
    struct culprit *culprit;
    int code;

    if (members->twin == NULL)
        return 0;
    code = examination_add(
        exam, CULPRIT_TWICE, members->twin_number, members_at(members, members->twin_number));
    if (code)
        return code;
    culprit = CONTAINER_OF(exam->culprits->end, struct culprit, next);
    culprit->other = members->twin;
    return 0;
}

static int examine_default_group(struct examination *exam)
{
    int code = add_twin(exam);

    if (code == 0)
        code = find_strays(exam);
    return code ? code : blame_all_missing(exam);
}

static int examine_subgroup(struct examination *exam)
{
    struct culprits *culprits = exam->culprits;
    int code = group_init(&exam->group, culprits->memory, exam->stage, exam->identities);

    if (code == 0)
        code = blame_all_missing(exam);
    if (code || exam->group.stride > 0)
        return code;
    return add_perhaps(exam);
}

/* One more than the highest number that is present or awaited. */
static uint32_t numbers_end(const struct stage *stage)
{
    uint32_t end = stage->highest + 1;

    for (uint32_t at = end; at < stage->present.bound; at++)
        if (numbers_has(&stage->present, at))
            end = at + 1;
    return end;
}

int numbered_examine(struct examination *exam)
{
    struct culprits *culprits = exam->culprits;
    const struct stage *stage = exam->stage;
    bool is_subgroup = stage->match.is_subgroup;

    culprits->come = stage->present.count;
    culprits->is_known = culprits->is_known && !is_subgroup;
    if (stage->present.bound == 0) /* there are too many stages to examine all */
        return is_subgroup ? 0 : examination_blame(exam, stage->lowest);
    if (!culprits->is_known && expects_more(stage)) {
        culprits->world = stage->lowest;
        culprits->is_known = false;
        return examination_add_waiters(exam, 0);
    }
    if (!culprits->is_known)
        culprits->world = numbers_end(stage);
    if (is_subgroup)
        return examine_subgroup(exam);
    if (!culprits->is_known && exam->members.count > culprits->world)
        culprits->world = exam->members.count;
    return examine_default_group(exam);
}
