/*
 * Keys and their values.
 *
 * A small value lies in its key's own allocation, a large one in a blob that may be
 * shared with whoever received it or is sending it. Not thread-safe.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "base/blob.h"
#include "base/table.h"

struct keys {
    struct table table;
};

/* A key with its value, in the table or on its way there. */
struct entry {
    struct table_node node;
};

/* TCPSTORE_ENOMEM. */
int keys_init(struct keys *keys, struct memory *memory, const struct hash_key *hash_key);
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

/* The value, to look at: valid as long as the entry, or, with a share of its blob,
 * for as long as one likes. */
struct slice entry_value(const struct entry *entry);

/*
 * An entry that is not in the table yet. A large `value` that lies in a blob and fills
 * most of it is kept there, with a share of the blob. NULL if memory is refused.
 */
struct entry *entry_new(struct keys *keys, struct span key, const struct slice *value);

/* The same with a decimal, and room for any other decimal. */
struct entry *entry_new_number(struct keys *keys, struct span key, int64_t number);

/* Only for an entry that is not in the table. NULL is fine. */
void entry_free(struct keys *keys, struct entry *entry);

/* Puts `entry` at the link that keys_find returned for its key, and frees the entry that was
 * there. Takes the entry over; cannot fail. */
void keys_put(struct keys *keys, struct table_node **link, struct entry *entry);

/* Writes `number` into an entry's own memory if there is room, as there is in one that
 * entry_new_number made. */
bool entry_write_number(struct entry *entry, int64_t number);

/* Writes `value` into an entry's own memory if it belongs and fits there. */
bool entry_write(struct entry *entry, struct span value);

/* Appends to the value of the entry at `link`. TCPSTORE_ENOMEM, and then the value is as it
 * was. */
int keys_append(struct keys *keys, struct table_node **link, struct span bytes);

/* Returns whether the key existed. */
bool keys_remove(struct keys *keys, struct name name);

/* Calls `visit` for every key in no particular order, until it answers other than 0, and
 * answers that. */
int keys_each(
    const struct keys *keys, int (*visit)(void *context, struct span key), void *context);

#endif
