#include "why/members.h"

/* A client that is connected is preferred: a member may have connected again. */
static void note(struct members *members, uint32_t number, size_t index)
{
    const struct facts_client *client = &members->facts->clients[index];
    const struct facts_client *known = members_at(members, number);

    if (number >= members->bound)
        return;
    if (known != NULL && (client->has_left || !known->has_left))
        return;
    members->clients[number] = (uint32_t)index + 1;
    if (number >= members->count)
        members->count = number + 1;
}

/* A key without a prefix may belong to any job. */
static bool is_member(const struct identity *identity, const struct family_match *match)
{
    return identity->member != NULL && strcmp(identity->member, match->family->member) == 0 &&
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
