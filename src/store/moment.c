#include "store/moment.h"

#include <tcpstore/error.h>

#include "base/step.h"

void moment_init(struct moment *moment, struct keys *keys, struct waits *waits)
{
    *moment = (struct moment){.keys = keys, .waits = waits};
}

/* Only the first write of a key since the moment saves a value. */
static void save(struct moment *moment, struct name name)
{
    struct table_node **link = keys_find(&moment->saved, name);
    struct entry *now = entry_at(keys_find(moment->keys, name));
    struct slice empty = slice_borrowed(span_of(NULL, 0));
    struct entry *saved;

    if (moment->lost || *link != NULL)
        return;
    saved = now == NULL ? entry_new(moment->saved.table.memory, name_key(name), &empty)
                        : entry_copy(moment->saved.table.memory, now);
    if (saved == NULL || keys_put(&moment->saved, link, saved))
        moment->lost = true;
}

static void settle(
    struct moment *moment, struct name name, struct entry *entry, struct released *released)
{
    keys_commit(moment->keys, keys_find(moment->keys, name), entry);
    waits_wake_all(moment->waits, name, released);
}

void moment_before_read(struct moment *moment, struct name name, struct released *released)
{
    struct entry *entry;

    if (moment->phase != MOMENT_SETTLING)
        return;
    entry = arriving_take(moment->arriving, name);
    if (entry != NULL)
        settle(moment, name, entry, released);
}

void moment_before_write(struct moment *moment, struct name name, struct released *released)
{
    if (moment->phase == MOMENT_FROZEN)
        save(moment, name);
    else
        moment_before_read(moment, name, released);
}

int moment_freeze(struct moment *moment)
{
    int code = keys_init_like(&moment->saved, moment->keys);

    if (code)
        return code;
    moment->lost = false;
    moment->phase = MOMENT_FROZEN;
    return 0;
}

struct slice moment_frozen_value(const struct moment *moment, struct name name)
{
    struct entry *entry = NULL;

    if (keys_count(&moment->saved) > 0)
        entry = entry_at(keys_find(&moment->saved, name));
    if (entry == NULL)
        entry = entry_at(keys_find(moment->keys, name));
    return entry == NULL ? slice_borrowed(span_of(NULL, 0)) : entry_value(entry);
}

bool moment_thaw(struct moment *moment, long *steps)
{
    struct entry *entry;

    moment->phase = MOMENT_NONE;
    for (; *steps > 0 && (entry = keys_take_any(&moment->saved)) != NULL; --*steps)
        entry_free(moment->saved.table.memory, entry);
    if (keys_count(&moment->saved) > 0)
        return false;
    keys_done(&moment->saved);
    return true;
}

void moment_arrive(struct moment *moment, struct arriving *arriving)
{
    moment->arriving = arriving;
    moment->phase = MOMENT_SETTLING;
}

bool moment_settle(struct moment *moment, struct released *released, long *steps)
{
    struct entry *entry;
    struct name name;

    while (*steps > 0 && (entry = arriving_take_oldest(moment->arriving, &name)) != NULL) {
        *steps -= steps_of_name(name.len);
        settle(moment, name, entry, released);
    }
    if (arriving_count(moment->arriving) > 0)
        return false;
    arriving_free(moment->arriving);
    moment->phase = MOMENT_NONE;
    return true;
}
