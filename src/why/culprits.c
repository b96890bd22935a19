#include "why/culprits.h"

#include "base/container.h"
#include "why/blocks.h"
#include "why/group.h"
#include "why/members.h"

/* A stage under examination. */
struct inquiry {
    struct culprits *culprits;
    const struct stage *stage;
    const struct facts *facts;
    const struct identities *identities;
    struct members members;
    struct members strays; /* in the other half of a job that is split */
    struct blocks blocks;
    struct group group;
    struct culprit *unknown; /* the latest one; NULL: none */
    bool is_sure;
};

static int add(
    struct inquiry *inquiry, enum culprit_kind kind, uint32_t number,
    const struct facts_client *client)
{
    struct culprits *culprits = inquiry->culprits;
    struct culprit *culprit = memory_alloc(culprits->memory, sizeof(*culprit));

    if (culprit == NULL)
        return TCPSTORE_ENOMEM;
    *culprit = (struct culprit){
        .kind = kind,
        .client = client,
        .first = number,
        .last = number,
        .is_sure = inquiry->is_sure,
    };
    *culprits->end = culprit;
    culprits->end = &culprit->next;
    return 0;
}

/* A member of which no client is known. */
static enum culprit_kind kind_of_unknown(
    const struct inquiry *inquiry, uint32_t number, const struct facts_client **ret_client)
{
    const struct blocks *blocks = &inquiry->blocks;

    *ret_client = NULL;
    if (blocks->usual == 0 || number / blocks->usual >= blocks->count)
        return CULPRIT_UNKNOWN;
    *ret_client = blocks->clients[number / blocks->usual];
    return *ret_client == NULL ? CULPRIT_HOST_NEVER : CULPRIT_HOST_SHORT;
}

/* Neighbours of a kind and host are one culprit. */
static int add_unknown(
    struct inquiry *inquiry, enum culprit_kind kind, uint32_t number,
    const struct facts_client *client)
{
    struct culprit *latest = inquiry->unknown;
    int code;

    if (latest != NULL && latest->last + 1 == number && latest->kind == kind &&
        latest->client == client) {
        latest->last = number;
        return 0;
    }
    code = add(inquiry, kind, number, client);
    if (code)
        return code;
    inquiry->unknown = CONTAINER_OF(inquiry->culprits->end, struct culprit, next);
    inquiry->unknown->in_group =
        inquiry->stage->match.is_subgroup && inquiry->group.stride == 0;
    return 0;
}

static bool waits_in(const struct inquiry *inquiry, const struct facts_client *client)
{
    return inquiry->identities->of[client - inquiry->facts->clients].stage == inquiry->stage;
}

/* The member has not done its part. */
static int blame(struct inquiry *inquiry, uint32_t number)
{
    const struct facts_client *client = members_at(&inquiry->members, number);
    enum culprit_kind kind;

    numbers_add(&inquiry->culprits->missing, number);
    if (client == NULL && members_at(&inquiry->strays, number) != NULL)
        return add(inquiry, CULPRIT_ELSEWHERE, number, members_at(&inquiry->strays, number));
    if (client == NULL) {
        kind = kind_of_unknown(inquiry, number, &client);
        return add_unknown(inquiry, kind, number, client);
    }
    if (client->has_left)
        return add(inquiry, CULPRIT_LEFT, number, client);
    if (client->awaited_count > 0 && !waits_in(inquiry, client))
        return add(inquiry, CULPRIT_ELSEWHERE, number, client);
    return add(inquiry, CULPRIT_SILENT, number, client);
}

/* It has done nothing since about the time at which the others began to wait; or it has left
 * since then. Agents of torchrun are never silent: they poll. */
static bool is_before_a_key(const struct inquiry *inquiry, const struct facts_client *client)
{
    const struct stage *stage = inquiry->stage;

    if (client->first_key.len > 0 || client->awaited_count > 0)
        return false;
    if (client->has_left)
        return client->requests > 0 && client->left_ms <= stage->longest_ms * 2;
    return client->silent_ms >= stage->longest_ms / 2 ||
           stage->match.family->setter == SETTER_FIRST;
}

/* Members that are unknown may have connected, and hang before they write their first key. */
static int add_clients_without_a_key(struct inquiry *inquiry)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < inquiry->facts->client_count; i++) {
        const struct facts_client *client = &inquiry->facts->clients[i];

        if (is_before_a_key(inquiry, client))
            code = add(inquiry, CULPRIT_BEFORE_KEY, 0, client);
    }
    return code;
}

static size_t count_waiters(const struct inquiry *inquiry, int64_t barrier_size)
{
    size_t count = 0;

    for (size_t i = 0; i < inquiry->facts->client_count; i++)
        count += inquiry->identities->of[i].stage == inquiry->stage &&
                 inquiry->facts->clients[i].barrier_size == barrier_size;
    return count;
}

/* Those that wait in the stage, of BARRIERs of that size. */
static int add_waiters(struct inquiry *inquiry, int64_t barrier_size)
{
    int code = 0;

    for (size_t i = 0; code == 0 && i < inquiry->facts->client_count; i++) {
        const struct facts_client *client = &inquiry->facts->clients[i];

        if (waits_in(inquiry, client) && client->barrier_size == barrier_size)
            code = add(inquiry, CULPRIT_EXPECTS, inquiry->stage->highest, client);
    }
    return code;
}

/* Of different sizes, the less frequent one is taken for the wrong one. */
static int add_minority(struct inquiry *inquiry)
{
    const struct stage *stage = inquiry->stage;
    bool least = count_waiters(inquiry, stage->most_size) * 2 > stage->waiters;

    return add_waiters(inquiry, least ? stage->least_size : stage->most_size);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Few wait for the number after all that are there. */
static bool expects_more(const struct stage *stage)
{
    return stage->lowest > 0 && stage->lowest == stage->present.count &&
           numbers_next(&stage->present, 0, false) == stage->lowest &&
           stage->waiters * 2 <= stage->lowest;
}

/* Those that have died or do nothing. */
static int add_perhaps(struct inquiry *inquiry)
{
    int code = 0;

    inquiry->is_sure = false;
    for (uint32_t at = 0; code == 0 && at < inquiry->members.count; at++) {
        const struct facts_client *client = members_at(&inquiry->members, at);

        if (client != NULL && client->awaited_count == 0)
            code = blame(inquiry, at);
    }
    return code;
}

/* Of the default group, or one of which it is not known which ranks of the job it has. */
static int blame_all_missing(struct inquiry *inquiry)
{
    const struct numbers *present = &inquiry->stage->present;
    bool is_subgroup = inquiry->stage->match.is_subgroup;
    int code = 0;

    for (uint32_t at = 0; code == 0 && at < inquiry->culprits->world; at++) {
        uint32_t rank = at;

        if (numbers_has(present, at))
            continue;
        if (is_subgroup && !group_rank(&inquiry->group, at, &rank))
            code = add_unknown(inquiry, CULPRIT_UNKNOWN, at, NULL);
        else
            code = blame(inquiry, rank);
    }
    return code;
}

enum { OTHER_JOBS_MAX = 8 };

/* Ranks that use different prefixes by mistake wait for each other: no rank is in both halves.
 */
static bool is_other_half(const struct stage *stage, const struct stage *other)
{
    return other->match.family == stage->match.family && other->match.is_default_group &&
           other->present.count > 0 && other->longest_ms >= stage->longest_ms / 2 &&
           numbers_are_disjoint(&stage->present, &other->present);
}

/* NULL: there is none. */
static const struct stage *find_other_half(const struct inquiry *inquiry)
{
    const struct stage *stage = inquiry->stage;
    const struct stage *latest = stage;
    size_t compared = 0;

    for (size_t i = 0; i < inquiry->identities->count && compared < OTHER_JOBS_MAX; i++) {
        const struct stage *other = inquiry->identities->of[i].stage;

        if (other == NULL || other == stage || other == latest)
            continue;
        latest = other;
        compared++;
        if (is_other_half(stage, other))
            return other;
    }
    return NULL;
}

static int find_strays(struct inquiry *inquiry)
{
    const struct stage *other = NULL;

    if (inquiry->stage->match.is_default_group)
        other = find_other_half(inquiry);
    if (other == NULL)
        return 0;
    return members_init(
        &inquiry->strays, inquiry->culprits->memory, &other->match, inquiry->facts,
        inquiry->identities, inquiry->members.bound);
}

static int add_twin(struct inquiry *inquiry)
{
    const struct members *members = &inquiry->members;
    struct culprit *culprit;
    int code;

    if (members->twin == NULL)
        return 0;
    code =
        add(inquiry, CULPRIT_TWICE, members->twin_number,
            members_at(members, members->twin_number));
    if (code)
        return code;
    culprit = CONTAINER_OF(inquiry->culprits->end, struct culprit, next);
    culprit->other = members->twin;
    return 0;
}

static int examine_default_group(struct inquiry *inquiry)
{
    int code = add_twin(inquiry);

    if (code == 0)
        code = find_strays(inquiry);
    return code ? code : blame_all_missing(inquiry);
}

static int examine_subgroup(struct inquiry *inquiry)
{
    struct culprits *culprits = inquiry->culprits;
    int code =
        group_init(&inquiry->group, culprits->memory, inquiry->stage, inquiry->identities);

    if (code == 0)
        code = blame_all_missing(inquiry);
    if (code || inquiry->group.stride > 0)
        return code;
    return add_perhaps(inquiry);
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

static int examine_numbered(struct inquiry *inquiry)
{
    struct culprits *culprits = inquiry->culprits;
    const struct stage *stage = inquiry->stage;
    bool is_subgroup = stage->match.is_subgroup;

    culprits->come = stage->present.count;
    culprits->is_known = culprits->is_known && !is_subgroup;
    if (stage->present.bound == 0) /* there are too many stages to examine all */
        return is_subgroup ? 0 : blame(inquiry, stage->lowest);
    if (!culprits->is_known && expects_more(stage)) {
        culprits->world = stage->lowest;
        return add_waiters(inquiry, 0);
    }
    if (!culprits->is_known)
        culprits->world = numbers_end(stage);
    if (is_subgroup)
        return examine_subgroup(inquiry);
    if (!culprits->is_known)
        culprits->world = larger(culprits->world, inquiry->members.count);
    return examine_default_group(inquiry);
}

static bool has_come(const struct inquiry *inquiry, const struct facts_client *client)
{
    return client != NULL && !client->has_left && waits_in(inquiry, client);
}

static uint32_t count_absent(const struct inquiry *inquiry)
{
    uint32_t absent = 0;

    for (uint32_t at = 0; at < inquiry->members.count; at++)
        absent += !has_come(inquiry, members_at(&inquiry->members, at));
    return absent;
}

/* If all that have come are known, the others have the numbers after theirs. */
static int blame_rest(struct inquiry *inquiry)
{
    const struct culprits *culprits = inquiry->culprits;
    int code = 0;

    if (inquiry->members.count != culprits->come)
        return 0;
    for (uint32_t at = culprits->come; code == 0 && at < culprits->world; at++)
        code = add_unknown(inquiry, CULPRIT_UNKNOWN, at, NULL);
    return code;
}

/* Of a barrier: each member is expected to come, unless it needs fewer than there are. */
static int examine_barrier(struct inquiry *inquiry)
{
    struct culprits *culprits = inquiry->culprits;
    int code = 0;

    if (!culprits->is_known)
        culprits->world = larger(inquiry->members.count, culprits->come + 1);
    inquiry->is_sure = count_absent(inquiry) + culprits->come <= culprits->world;
    for (uint32_t at = 0; code == 0 && at < inquiry->members.count; at++)
        if (!has_come(inquiry, members_at(&inquiry->members, at)))
            code = blame(inquiry, at);
    if (code == 0 && culprits->is_known && culprits->first == NULL)
        code = blame_rest(inquiry);
    return code;
}

static int examine_counted(struct inquiry *inquiry)
{
    const struct stage *stage = inquiry->stage;

    inquiry->culprits->come =
        stage->counted < 0 ? (uint32_t)stage->waiters : (uint32_t)stage->counted;
    return examine_barrier(inquiry);
}

static int examine_operation(struct inquiry *inquiry)
{
    const struct stage *stage = inquiry->stage;

    inquiry->culprits->come = (uint32_t)stage->waiters;
    inquiry->culprits->world =
        stage->most_size < UINT32_MAX ? (uint32_t)stage->most_size : UINT32_MAX;
    inquiry->culprits->is_known = true;
    return stage->least_size == stage->most_size ? examine_barrier(inquiry)
                                                 : add_minority(inquiry);
}

static int examine(struct inquiry *inquiry)
{
    if (inquiry->stage->most_size > 0)
        return examine_operation(inquiry);
    switch (inquiry->stage->match.family->setter) {
    case SETTER_NUMBERED:
        return examine_numbered(inquiry);
    case SETTER_FIRST:
        return blame(inquiry, 0);
    case SETTER_LAST_MEMBER:
        return examine_counted(inquiry);
    default:
        return 0;
    }
}

static uint32_t bound_for(const struct stage *stage, const struct facts *facts)
{
    uint32_t bound = larger(stage->present.bound, facts->world);

    return bound > facts->client_count ? bound : (uint32_t)facts->client_count;
}

int culprits_init(
    struct culprits *culprits, struct memory *memory, const struct hash_key *hash_key,
    const struct stage *stage, const struct facts *facts, const struct identities *identities)
{
    struct inquiry inquiry = {
        .culprits = culprits,
        .stage = stage,
        .facts = facts,
        .identities = identities,
        .is_sure = true,
    };
    uint32_t bound = bound_for(stage, facts);
    int code;

    *culprits = (struct culprits){
        .memory = memory,
        .world = facts->world,
        .is_known = facts->world > 0,
    };
    culprits->end = &culprits->first;
    code = numbers_init(&culprits->missing, memory, bound);
    if (code == 0)
        code = members_init(&inquiry.members, memory, &stage->match, facts, identities, bound);
    if (code == 0)
        code = blocks_init(&inquiry.blocks, memory, hash_key, &inquiry.members);
    culprits->usual = inquiry.blocks.usual;
    if (code == 0)
        code = examine(&inquiry);
    if (code == 0 && (inquiry.unknown != NULL || culprits->first == NULL))
        code = add_clients_without_a_key(&inquiry);
    blocks_done(&inquiry.blocks);
    members_done(&inquiry.strays);
    members_done(&inquiry.members);
    return code;
}

void culprits_done(struct culprits *culprits)
{
    while (culprits->first != NULL) {
        struct culprit *culprit = culprits->first;

        culprits->first = culprit->next;
        memory_free(culprits->memory, culprit, sizeof(*culprit));
    }
    numbers_done(&culprits->missing, culprits->memory);
}
