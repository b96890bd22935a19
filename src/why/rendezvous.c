#include "why/rendezvous.h"

#include <inttypes.h>

enum { PEERS_SHOWN = 8 };

/* NULL: there are too many. */
static struct rendezvous *find_or_add(struct rendezvous_list *list, struct span key)
{
    struct rendezvous *end = &list->items[list->count];
    struct family_match match;

    for (struct rendezvous *each = list->items; each < end; each++)
        if (span_equal(each->key, key))
            return each;
    if (list->count == RENDEZVOUS_MAX)
        return NULL;
    families_match(key, &match);
    *end = (struct rendezvous){.key = key, .id = match.group, .needed = match.number};
    list->count++;
    return end;
}

static void remove_complete(struct rendezvous_list *list)
{
    size_t kept = 0;

    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].come < list->items[i].needed)
            list->items[kept++] = list->items[i];
    list->count = kept;
}

void rendezvous_find(
    struct rendezvous_list *list, const struct facts *facts,
    const struct identities *identities)
{
    list->facts = facts;
    list->count = 0;
    for (size_t i = 0; i < facts->client_count; i++) {
        const struct facts_client *client = &facts->clients[i];
        struct rendezvous *rendezvous = NULL;

        if (identities->of[i].is_agent && !client->has_left)
            rendezvous = find_or_add(list, client->first_key);
        if (rendezvous != NULL)
            rendezvous->come++;
    }
    remove_complete(list);
}

static void write_peers(
    struct lines *lines, const struct facts *facts, const struct rendezvous *rendezvous)
{
    size_t shown = 0;

    for (size_t i = 0; i < facts->client_count && shown < PEERS_SHOWN; i++) {
        const struct facts_client *client = &facts->clients[i];

        if (client->has_left || !span_equal(client->first_key, rendezvous->key))
            continue;
        lines_add(lines, "%s", shown++ > 0 ? ", " : "");
        lines_add_quoted(lines, client->peer);
    }
    lines_add(lines, "%s", rendezvous->come > PEERS_SHOWN ? ", …" : "");
}

void rendezvous_write(
    const struct rendezvous_list *list, const struct rendezvous *rendezvous,
    struct lines *lines)
{
    lines_add(lines, "rendezvous ");
    lines_add_quoted(lines, rendezvous->id);
    lines_add(lines, ": %" PRIu32 " of ", rendezvous->come);
    lines_add_count(lines, rendezvous->needed, "agent");
    lines_add(lines, rendezvous->come == 1 ? " has joined (" : " have joined (");
    write_peers(lines, list->facts, rendezvous);
    lines_add(
        lines, "); waiting for %" PRIu32 " more: was torchrun started on all nodes?",
        rendezvous->needed - rendezvous->come);
}
