/*
 * Keys and their values.
 *
 * They are listed in the order of their insertion, which does not show which of them share a
 * bucket of the table. Not thread-safe.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include <tcpstore/error.h>

#include "store/entry.h"

/* Do not move it once initialized. */
struct keys {
    struct table table;
    struct list order;      /* all entries, oldest first, and the markers of cursors */
    uint64_t shared_writes; /* how often the value of a shared entry has changed */
};

/* TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int keys_init(struct keys *keys, struct memory *memory, const struct hash_key *hash_key);

/* With the memory and the hash key of `other`. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int keys_init_like(struct keys *keys, const struct keys *other);

void keys_done(struct keys *keys);

size_t keys_count(const struct keys *keys);

/* The link to the key's entry, or the null link where it belongs. Valid until a key is put or
 * removed. */
static inline struct table_node **keys_find(const struct keys *keys, struct name name)
{
    return table_find(&keys->table, name);
}

/* The same, for SET, CHECK and WAIT: see table_find_inline. */
static inline __attribute__((always_inline)) struct table_node **keys_find_inline(
    const struct keys *keys, struct name name)
{
    return table_find_inline(&keys->table, name);
}

/* NULL for a null link. Valid until the key is next written or removed. */
static inline struct entry *entry_at(struct table_node *const *link)
{
    return (struct entry *)*link;
}

/* Call it before the value of an entry changes. */
static inline void keys_unshare(struct keys *keys, struct entry *entry)
{
    if (__builtin_expect((entry->node.user[ENTRY_USER_ROOM] & ENTRY_IS_SHARED) != 0, 0)) {
        entry->node.user[ENTRY_USER_ROOM] &= ENTRY_IS_SHARED - 1;
        keys->shared_writes++;
    }
}

/* Puts `entry` at the link that keys_find returned for its key, and frees the entry that was
 * there. Takes the entry over, even if it fails. TCPSTORE_ENOMEM, only if the link is null. */
TCPSTORE_MUST_USE
int keys_put(struct keys *keys, struct table_node **link, struct entry *entry);

/* entry_new for an entry that keys_commit puts, which cannot fail, or keys_discard frees. */
struct entry *keys_prepare(struct keys *keys, struct span key, const struct slice *value);
void keys_commit(struct keys *keys, struct table_node **link, struct entry *entry);
void keys_discard(struct keys *keys, struct entry *entry);

/* Removes the entry at `link`, which must not be null. The caller owns it. */
struct entry *keys_take(struct keys *keys, struct table_node **link);

/* Removes any entry. NULL if there is none left. The caller owns it. */
struct entry *keys_take_any(struct keys *keys);

/* Returns whether the key existed. */
bool keys_remove(struct keys *keys, struct name name);

#endif
