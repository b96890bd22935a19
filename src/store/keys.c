#include "store/keys.h"

int keys_init(struct keys *keys, struct memory *memory, const struct hash_key *hash_key)
{
    list_init(&keys->order);
    keys->shared_writes = 0;
    return table_init(&keys->table, memory, hash_key, sizeof(struct entry));
}

int keys_init_like(struct keys *keys, const struct keys *other)
{
    return keys_init(keys, other->table.memory, &other->table.hash_key);
}

void keys_done(struct keys *keys)
{
    struct entry *entry;

    while ((entry = keys_take_any(keys)) != NULL)
        entry_free(keys->table.memory, entry);
    table_done(&keys->table);
}

size_t keys_count(const struct keys *keys)
{
    return keys->table.nodes;
}

/* `link` is not null. */
static void replace(struct keys *keys, struct table_node **link, struct entry *entry)
{
    struct entry *old = entry_at(link);

    keys_unshare(keys, old);
    list_replace(&old->order, &entry->order);
    entry->node.next = old->node.next;
    *link = &entry->node;
    entry_free(keys->table.memory, old);
}

int keys_put(struct keys *keys, struct table_node **link, struct entry *entry)
{
    if (*link != NULL) {
        replace(keys, link, entry);
        return 0;
    }
    if (table_insert(&keys->table, link, &entry->node)) {
        entry_free(keys->table.memory, entry);
        return TCPSTORE_ENOMEM;
    }
    list_append(&keys->order, &entry->order);
    return 0;
}

struct entry *keys_prepare(struct keys *keys, struct span key, const struct slice *value)
{
    struct entry *entry = entry_new(keys->table.memory, key, value);

    if (entry != NULL && table_promise(&keys->table)) {
        entry_free(keys->table.memory, entry);
        return NULL;
    }
    return entry;
}

void keys_commit(struct keys *keys, struct table_node **link, struct entry *entry)
{
    if (*link != NULL) {
        replace(keys, link, entry);
        table_withdraw(&keys->table);
        return;
    }
    table_insert_promised(&keys->table, link, &entry->node);
    list_append(&keys->order, &entry->order);
}

void keys_discard(struct keys *keys, struct entry *entry)
{
    entry_free(keys->table.memory, entry);
    table_withdraw(&keys->table);
}

struct entry *keys_take(struct keys *keys, struct table_node **link)
{
    struct entry *entry = entry_at(link);

    keys_unshare(keys, entry);
    list_remove(&entry->order);
    table_remove(&keys->table, link);
    return entry;
}

struct entry *keys_take_any(struct keys *keys)
{
    struct entry *entry = (struct entry *)table_pop(&keys->table);

    if (entry != NULL)
        list_remove(&entry->order);
    return entry;
}

bool keys_remove(struct keys *keys, struct name name)
{
    struct table_node **link = table_find(&keys->table, name);

    if (*link == NULL)
        return false;
    entry_free(keys->table.memory, keys_take(keys, link));
    return true;
}
