#include "why/members.h"

/* A client that is connected is preferred: a member may have connected again. */
static void note(struct members *members, uint32_t number, const struct facts_client *client)
{
    const struct facts_client *known;

    if (number >= members->bound)
        return;
    known = members->clients[number];
    if (known != NULL && (client->has_left || !known->has_left))
        return;
    members->clients[number] = client;
    if (number >= members->count)
        members->count = number + 1;
}

/* A key of its own tells a client's number, if it is one of the same job. A key without a
 * prefix may belong to any. */
static bool tells(
    struct span key, const struct family_match *match, struct family_match *ret_own)
{
    if (key.len == 0)
        return false;
    families_match(key, ret_own);
    return ret_own->family->setter == SETTER_NUMBERED && ret_own->has_number &&
           strcmp(ret_own->family->member, match->family->member) == 0 &&
           (match->job.len == 0 || span_equal(ret_own->job, match->job));
}

static void note_client(
    struct members *members, const struct family_match *match,
    const struct facts_client *client)
{
    struct family_match own;

    if (client->rank >= 0)
        note(members, (uint32_t)client->rank, client);
    else if (tells(client->first_key, match, &own))
        note(members, own.number, client);
}

int members_init(
    struct members *members, struct memory *memory, const struct family_match *match,
    const struct facts *facts, uint32_t bound)
{
    size_t size = (bound + (size_t)1) * sizeof(*members->clients);

    *members = (struct members){
        .memory = memory,
        .clients = memory_alloc(memory, size),
        .bound = bound,
    };
    if (members->clients == NULL)
        return TCPSTORE_ENOMEM;
    memset(members->clients, 0, size);
    for (size_t i = 0; i < facts->client_count; i++)
        note_client(members, match, &facts->clients[i]);
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
