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
    struct table_node **link;

    if (moment->phase != MOMENT_SETTLING)
        return;
    link = keys_find(moment->arriving, name);
    if (*link != NULL)
        settle(moment, name, keys_take(moment->arriving, link), released);
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

struct keys *arriving_new(struct moment *moment)
{
    struct memory *memory = moment->keys->table.memory;
    struct keys *arriving = memory_alloc(memory, sizeof(*arriving));

    if (arriving != NULL && keys_init_like(arriving, moment->keys)) {
        memory_free(memory, arriving, sizeof(*arriving));
        return NULL;
    }
    return arriving;
}

static void arriving_free(struct moment *moment, struct keys *arriving)
{
    keys_done(arriving);
    memory_free(moment->keys->table.memory, arriving, sizeof(*arriving));
}

static int add_new(
    struct keys *arriving, struct table_node **link, struct span key, const struct slice *value)
{
    struct entry *entry = entry_new(arriving->table.memory, key, value);

    return entry == NULL ? TCPSTORE_ENOMEM : keys_put(arriving, link, entry);
}

/* Each entry is promised to the keys. */
int arriving_add(
    struct moment *moment, struct keys *arriving, struct name name, const struct slice *value)
{
    struct table_node **link = keys_find(arriving, name);
    bool is_new = *link == NULL;
    int code = is_new ? table_promise(&moment->keys->table) : 0;

    if (code)
        return code;
    code = add_new(arriving, link, name_key(name), value);
    if (code && is_new)
        table_withdraw(&moment->keys->table);
    return code;
}

bool arriving_discard(struct moment *moment, struct keys *arriving, long *steps)
{
    struct entry *entry;

    for (; *steps > 0 && (entry = keys_take_any(arriving)) != NULL; --*steps)
        keys_discard(moment->keys, entry);
    if (keys_count(arriving) > 0)
        return false;
    arriving_free(moment, arriving);
    return true;
}

void moment_arrive(struct moment *moment, struct keys *arriving)
{
    moment->arriving = arriving;
    moment->phase = MOMENT_SETTLING;
}

bool moment_settle(struct moment *moment, struct released *released, long *steps)
{
    struct entry *entry;

    while (*steps > 0 && (entry = keys_take_oldest(moment->arriving)) != NULL) {
        *steps -= steps_of_name(entry->node.key_len);
        settle(moment, entry_name(moment->keys, entry), entry, released);
    }
    if (keys_count(moment->arriving) > 0)
        return false;
    arriving_free(moment, moment->arriving);
    moment->phase = MOMENT_NONE;
    return true;
}
