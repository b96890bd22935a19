#include "why/identities.h"

enum {
    SPARSE = 8,          /* numbers for each client, at most, … */
    SPARSE_SMALL = 1024, /* … and so many more */
};

static void identify(struct identity *identity, const struct facts_client *client)
{
    struct family_match match;

    *identity = (struct identity){.member = NULL};
    if (client->first_key.len > 0) {
        families_match(client->first_key, &match);
        identity->job = match.job;
        identity->is_agent = match.family->setter == SETTER_AGENTS;
        identity->tells_world = (match.family->traits & FAMILY_WORLD) != 0;
        if (match.family->setter == SETTER_NUMBERED && match.has_number && !match.is_subgroup) {
            identity->member = match.family->member;
            identity->number = match.number;
        }
    }
    if (client->rank >= 0) {
        identity->member = "rank";
        identity->number = (uint32_t)client->rank;
    }
}

/* A client may choose any number; the table of all ranks should not grow beyond what the
 * clients can be. */
static void note_number(struct identities *identities, uint32_t number)
{
    if (number >= identities->bound && number < identities->count * SPARSE + SPARSE_SMALL)
        identities->bound = number + 1;
}

int identities_init(
    struct identities *identities, struct memory *memory, const struct facts *facts)
{
    size_t size = (facts->client_count + 1) * sizeof(*identities->of);

    *identities = (struct identities){
        .memory = memory,
        .of = memory_alloc(memory, size),
        .count = facts->client_count,
    };
    if (identities->of == NULL)
        return TCPSTORE_ENOMEM;
    for (size_t i = 0; i < facts->client_count; i++) {
        identify(&identities->of[i], &facts->clients[i]);
        note_number(identities, identities->of[i].number);
    }
    return 0;
}

void identities_done(struct identities *identities)
{
    if (identities->of != NULL)
        memory_free(
            identities->memory, identities->of,
            (identities->count + 1) * sizeof(*identities->of));
    *identities = (struct identities){.of = NULL};
}
