#include "observe/other_stores.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN = 8 };

/* The place of a wait among those that are kept. */
static size_t place_of(const struct other_stores *others, int64_t longest_ms)
{
    size_t at = others->kept;

    while (at > 0 && others->list[at - 1].longest_ms < longest_ms)
        at--;
    return at;
}

void other_stores_add(
    struct other_stores *others, const char *name, size_t waiting, int64_t longest_ms)
{
    size_t at = place_of(others, longest_ms);
    struct other_store *place = &others->list[at];

    others->count++;
    if (at == OTHER_STORES_MAX)
        return;
    others->kept += others->kept < OTHER_STORES_MAX;
    memmove(place + 1, place, (others->kept - 1 - at) * sizeof(*place));
    snprintf(place->name, sizeof(place->name), "%s", name);
    place->waiting = waiting;
    place->longest_ms = longest_ms;
}

int64_t other_stores_longest_ms(const struct other_stores *others)
{
    return others->kept > 0 ? others->list[0].longest_ms : 0;
}

static void write_one(struct lines *lines, const struct other_store *store)
{
    lines_add(lines, "%s (", store->name);
    lines_add_count(lines, store->waiting, "client");
    lines_add(lines, ", ");
    lines_add_time(lines, store->longest_ms);
    lines_add(lines, ")");
}

void other_stores_write(const struct other_stores *others, struct lines *lines)
{
    if (others->count == 0)
        return;
    lines_add(lines, "\n");
    lines_add_count(lines, others->count, "other store");
    lines_add(lines, others->count == 1 ? " has" : " have");
    lines_add(lines, " waiting clients: ");
    for (size_t i = 0; i < others->kept && i < SHOWN; i++) {
        lines_add(lines, "%s", i > 0 ? ", " : "");
        write_one(lines, &others->list[i]);
    }
    lines_add(lines, "%s", others->count > SHOWN ? ", …" : "");
    lines_add(lines, "; ask: tcpstore-cli why --store %s\n", others->list[0].name);
}
