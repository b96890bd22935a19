#include "why/barrier.h"

static size_t count_waiters(const struct examination *exam, int64_t barrier_size)
{
    size_t count = 0;

    for (size_t i = 0; i < exam->facts->client_count; i++)
        count += exam->identities->of[i].stage == exam->stage &&
                 exam->facts->clients[i].barrier_size == barrier_size;
    return count;
}

/* Of different sizes, the less frequent one is taken for the wrong one. */
static int add_minority(struct examination *exam)
{
    const struct stage *stage = exam->stage;
    bool least = count_waiters(exam, stage->most_size) * 2 > stage->waiters;

    return examination_add_waiters(exam, least ? stage->least_size : stage->most_size);
}

static bool has_come(const struct examination *exam, const struct facts_client *client)
{
    return client != NULL && !client->has_left && examination_waits(exam, client);
}

static uint32_t count_absent(const struct examination *exam)
{
    uint32_t absent = 0;

    for (uint32_t at = 0; at < exam->members.count; at++)
        absent += !has_come(exam, members_at(&exam->members, at));
    return absent;
}

/* If all that have come are known, the others have the numbers after theirs. There may be as
 * many as a client likes: they are not visited one by one. */
static int blame_rest(struct examination *exam)
{
    const struct culprits *culprits = exam->culprits;
    int code;

    if (exam->members.count != culprits->come || culprits->come >= culprits->world)
        return 0;
    code = examination_add_unknown(exam, CULPRIT_UNKNOWN, culprits->come, NULL);
    if (code == 0)
        exam->unknown->last = culprits->world - 1;
    return code;
}

/* Of a barrier: each member is expected to come, unless it needs fewer than there are. */
static int examine_barrier(struct examination *exam)
{
    struct culprits *culprits = exam->culprits;
    int code = 0;

    if (!culprits->is_known)
        culprits->world =
            exam->members.count > culprits->come ? exam->members.count : culprits->come + 1;
    exam->is_sure = count_absent(exam) + culprits->come <= culprits->world;
    for (uint32_t at = 0; code == 0 && at < exam->members.count; at++)
        if (!has_come(exam, members_at(&exam->members, at)))
            code = examination_blame(exam, at);
    if (code == 0 && culprits->is_known && culprits->first == NULL)
        code = blame_rest(exam);
    return code;
}

int barrier_examine_counted(struct examination *exam)
{
    const struct stage *stage = exam->stage;

    exam->culprits->come =
        stage->counted < 0 ? (uint32_t)stage->waiters : (uint32_t)stage->counted;
    return examine_barrier(exam);
}

int barrier_examine_operation(struct examination *exam)
{
    const struct stage *stage = exam->stage;

    exam->culprits->come = (uint32_t)stage->waiters;
    exam->culprits->world =
        stage->most_size < UINT32_MAX ? (uint32_t)stage->most_size : UINT32_MAX;
    exam->culprits->is_known = true;
    return stage->least_size == stage->most_size ? examine_barrier(exam) : add_minority(exam);
}
