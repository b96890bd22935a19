#include "why/members.h"

/* A process may have several connections; only one of them sets its rank's key. */
static bool are_twins(const struct facts_client *a, const struct facts_client *b)
{
    return !a->has_left && !b->has_left && a->first_key.len > 0 &&
           span_equal(a->first_key, b->first_key);
}

/* Of two clients that are connected, the first one counts; else the one that is: a member may
 * have connected again. */
static void note(struct members *members, uint32_t number, size_t index)
{
    const struct facts_client *client = &members->facts->clients[index];
    const struct facts_client *known = members_at(members, number);

    if (number >= members->bound)
        return;
    if (known != NULL && members->twin == NULL && are_twins(known, client)) {
        members->twin = client;
        members->twin_number = number;
    }
    if (known != NULL && (client->has_left || !known->has_left))
        return;
    members->clients[number] = (uint32_t)index + 1;
    if (number >= members->count)
        members->count = number + 1;
}

/* RPC calls its ranks workers. */
static bool is_same_kind(const char *member, const char *of_family)
{
    return strcmp(member, of_family) == 0 ||
           (strcmp(member, "rank") == 0 && strcmp(of_family, "worker") == 0);
}

/* A key without a prefix may belong to any job. */
static bool is_member(const struct identity *identity, const struct family_match *match)
{
    return identity->member != NULL && is_same_kind(identity->member, match->family->member) &&
           (match->job.len == 0 || identity->job.len == 0 ||
            span_equal(identity->job, match->job));
}

int members_init(
    struct members *members, struct memory *memory, const struct family_match *match,
    const struct facts *facts, const struct identities *identities, uint32_t bound)
{
    size_t size = (bound + (size_t)1) * sizeof(*members->clients);

    *members = (struct members){
        .memory = memory,
        .facts = facts,
        .clients = memory_alloc(memory, size),
        .bound = bound,
    };
    if (members->clients == NULL)
        return TCPSTORE_ENOMEM;
    memset(members->clients, 0, size);
    for (size_t i = 0; i < identities->count; i++)
        if (is_member(&identities->of[i], match))
            note(members, identities->of[i].number, i);
    return 0;
}

void members_done(struct members *members)
{
    if (members->clients != NULL)
        memory_free(
            members->memory, members->clients,
            (members->bound + (size_t)1) * sizeof(*members->clients));
    *members = (struct members){.bound = 0};
}
