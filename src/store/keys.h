/*
 * Keys and their values.
 *
 * A small value lies in the allocation of its key, a large one in a blob, which input and
 * outboxes may share. Keys are listed in the order of their insertion, which does not show
 * which of them share a bucket of the table. Not thread-safe.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include <tcpstore/error.h>

#include "base/blob.h"
#include "base/list.h"
#include "base/table.h"

/* Do not move it once initialized. */
struct keys {
    struct table table;
    struct list order; /* all entries, oldest first, and the markers of cursors */
};

/* A key with its value, in the table or prepared for it. */
struct entry {
    struct table_node node;
    struct list order;
};

/* TCPSTORE_ENOMEM. */
int keys_init(struct keys *keys, struct memory *memory, const struct hash_key *hash_key);

/* With the memory and the hash key of `other`. TCPSTORE_ENOMEM. */
int keys_init_like(struct keys *keys, const struct keys *other);

void keys_done(struct keys *keys);

size_t keys_count(const struct keys *keys);

/* The link to the key's entry, or the null link where it belongs. Valid until a key is put or
 * removed. */
static inline struct table_node **keys_find(const struct keys *keys, struct name name)
{
    return table_find(&keys->table, name);
}

/* NULL for a null link. Valid until the key is next written or removed. */
static inline struct entry *entry_at(struct table_node *const *link)
{
    return (struct entry *)*link;
}

/* The value, borrowed: valid as long as the entry or a share of its blob. */
struct slice entry_value(const struct entry *entry);

/*
 * Makes an entry that is not in the table yet. A large `value` that fills most of its blob
 * stays there, and the entry owns a share of the blob. NULL if memory is refused.
 */
struct entry *entry_new(struct keys *keys, struct span key, const struct slice *value);

/* The same key and value; a large value stays in its blob. */
struct entry *entry_copy(struct keys *keys, const struct entry *entry);

/* Makes one for a number, with room for any other number. */
struct entry *entry_new_number(struct keys *keys, struct span key, int64_t number);

/* Only for an entry that is not in the table. NULL is fine. */
void entry_free(struct keys *keys, struct entry *entry);

/* Puts `entry` at the link that keys_find returned for its key, and frees the entry that was
 * there. Takes the entry over, even if it fails. TCPSTORE_ENOMEM, only if the link is null. */
TCPSTORE_MUST_USE
int keys_put(struct keys *keys, struct table_node **link, struct entry *entry);

/* entry_new for an entry that keys_commit puts, which cannot fail, or keys_discard frees. */
struct entry *keys_prepare(struct keys *keys, struct span key, const struct slice *value);
void keys_commit(struct keys *keys, struct table_node **link, struct entry *entry);
void keys_discard(struct keys *keys, struct entry *entry);

/* Overwrites the value in place, if the entry has room for any number, as entry_new_number
 * makes it. Returns whether it did. */
bool entry_write_number(struct entry *entry, int64_t number);

/* Overwrites the value in place, if the new one fits. Returns whether it did. */
bool entry_write(struct entry *entry, struct span value);

/* Makes room for `more` bytes behind the value of the entry at `link`, and moves the value to a
 * blob for that. TCPSTORE_ENOMEM. */
TCPSTORE_MUST_USE
int keys_reserve(
    struct keys *keys, struct table_node **link, size_t more, struct slice *ret_value);

/* Appends to the value of the entry at `link`. TCPSTORE_ENOMEM, and then the value is as it
 * was. */
int keys_append(struct keys *keys, struct table_node **link, struct span bytes);

/* Removes the entry at `link`, which must not be null. The caller owns it. */
struct entry *keys_take(struct keys *keys, struct table_node **link);

/* Removes any entry. NULL if there is none left. The caller owns it. */
struct entry *keys_take_any(struct keys *keys);

/* Removes the oldest entry, of keys without a cursor. NULL if there is none left. The caller
 * owns it. */
struct entry *keys_take_oldest(struct keys *keys);

/* The name of an entry; its key is in the entry. */
struct name entry_name(const struct keys *keys, const struct entry *entry);

/* Whether keys_append of `more` bytes would copy the value, because its blob is shared and
 * full. */
bool entry_must_be_copied(const struct entry *entry, size_t more);

/* Replaces the value by an equal one in a blob with room behind it. Takes the copy's share. */
void entry_move(struct entry *entry, struct slice copy);

/* Returns whether the key existed. */
bool keys_remove(struct keys *keys, struct name name);

#endif
