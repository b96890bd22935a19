#include "why/examination.h"

#include "base/container.h"

enum { START_MS = 60000 /* between the starts of the first and the last process of a job */ };

int examination_add(
    struct examination *exam, enum culprit_kind kind, uint32_t number,
    const struct facts_client *client)
{
    struct culprits *culprits = exam->culprits;
    struct culprit *culprit = memory_alloc(culprits->memory, sizeof(*culprit));

    if (culprit == NULL)
        return TCPSTORE_ENOMEM;
    *culprit = (struct culprit){
        .kind = kind,
        .client = client,
        .first = number,
        .last = number,
        .is_sure = exam->is_sure,
    };
    *culprits->end = culprit;
    culprits->end = &culprit->next;
    return 0;
}

/* A member of which no client is known. */
static enum culprit_kind kind_of_unknown(
    const struct examination *exam, uint32_t number, const struct facts_client **ret_client)
{
    const struct blocks *blocks = &exam->blocks;

    *ret_client = NULL;
    if (blocks->usual == 0 || number / blocks->usual >= blocks->count)
        return CULPRIT_UNKNOWN;
    *ret_client = blocks_client(blocks, &exam->members, number);
    return *ret_client == NULL ? CULPRIT_HOST_NEVER : CULPRIT_HOST_SHORT;
}

int examination_add_unknown(
    struct examination *exam, enum culprit_kind kind, uint32_t number,
    const struct facts_client *client)
{
    struct culprit *latest = exam->unknown;
    int code;

    if (latest != NULL && latest->last + 1 == number && latest->kind == kind &&
        latest->client == client) {
        latest->last = number;
        return 0;
    }
    code = examination_add(exam, kind, number, client);
    if (code)
        return code;
    exam->unknown = CONTAINER_OF(exam->culprits->end, struct culprit, next);
    exam->unknown->in_group = exam->stage->match.is_subgroup && exam->group.stride == 0;
    return 0;
}

int examination_blame(struct examination *exam, uint32_t number)
{
    const struct facts_client *client = members_at(&exam->members, number);
    enum culprit_kind kind;

    numbers_add(&exam->culprits->missing, number);
    if (client == NULL && members_at(&exam->strays, number) != NULL)
        return examination_add(
            exam, CULPRIT_ELSEWHERE, number, members_at(&exam->strays, number));
    if (client == NULL) {
        kind = kind_of_unknown(exam, number, &client);
        return examination_add_unknown(exam, kind, number, client);
    }
    if (client->has_left)
        return examination_add(exam, CULPRIT_LEFT, number, client);
    if (client->awaited_count > 0 && !examination_waits(exam, client))
        return examination_add(exam, CULPRIT_ELSEWHERE, number, client);
    return examination_add(exam, CULPRIT_SILENT, number, client);
}

int examination_add_waiters(struct examination *exam, int64_t barrier_size)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < exam->facts->client_count; i++) {
        const struct facts_client *client = &exam->facts->clients[i];

        if (examination_waits(exam, client) && client->barrier_size == barrier_size)
            code = examination_add(exam, CULPRIT_EXPECTS, exam->stage->highest, client);
    }
    return code;
}

/* Agents of torchrun are never silent: they poll. The key that they set first has no number. */
static bool may_be_first(const struct stage *stage, const struct facts_client *client)
{
    struct family_match own;

    if (stage->match.family->setter != SETTER_FIRST || client->has_left)
        return false;
    families_match(client->first_key, &own);
    return !own.has_number && strcmp(own.family->member, stage->match.family->member) == 0;
}

/* It has done nothing since about the time at which the others began to wait; or it came before
 * then, and has left since. */
static bool is_before_a_key(const struct examination *exam, const struct facts_client *client)
{
    const struct stage *stage = exam->stage;

    if (client->awaited_count > 0 || client->rank >= 0)
        return false; /* of a rank that is known, it is known whether others wait for it */
    if (client->first_key.len > 0)
        return may_be_first(stage, client);
    if (client->has_left)
        return client->requests > 0 && client->connected_ms >= stage->longest_ms / 2 &&
               client->left_ms <= stage->longest_ms * 2 + START_MS;
    return client->silent_ms >= stage->longest_ms / 2;
}

/* If more than the missing members have left, most were no members: probes, for instance. */
static bool may_those_be_members(const struct examination *exam)
{
    size_t count = 0;

    for (size_t i = 0; i < exam->facts->client_count; i++) {
        const struct facts_client *client = &exam->facts->clients[i];

        count += client->has_left && is_before_a_key(exam, client);
    }
    return count <= exam->culprits->missing.count;
}

int examination_add_clients_without_a_key(struct examination *exam)
{
    bool may_have_left = may_those_be_members(exam);
    int code = 0;

    for (size_t i = 0; code == 0 && i < exam->facts->client_count; i++) {
        const struct facts_client *client = &exam->facts->clients[i];

        if ((may_have_left || !client->has_left) && is_before_a_key(exam, client))
            code = examination_add(exam, CULPRIT_BEFORE_KEY, 0, client);
    }
    return code;
}
