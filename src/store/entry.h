/*
 * A key with its value, in one allocation.
 *
 * A small value lies behind the key, a large one in a blob, which input and outboxes may share.
 * Not thread-safe.
 */
#ifndef STORE_ENTRY_H
#define STORE_ENTRY_H

#include "store/entry_layout.h"

/*
 * Makes an entry that is not in the table yet. A large `value` that fills most of its blob
 * stays there, and the entry owns a share of the blob. NULL if memory is refused.
 */
struct entry *entry_new(struct memory *memory, struct span key, const struct slice *value);

/* A new entry with the key, no value, and room for one of at least `room` bytes. NULL if memory
 * is refused. */
struct entry *entry_allocate(struct memory *memory, struct span key, size_t room);

/* The same key and value; a large value stays in its blob. NULL if memory is refused. */
struct entry *entry_copy(struct memory *memory, const struct entry *entry);

/* Makes one for a number, with room for any other number. NULL if memory is refused. */
struct entry *entry_new_number(struct memory *memory, struct span key, int64_t number);

/* Only for an entry that is not in the table. NULL is fine. */
void entry_free(struct memory *memory, struct entry *entry);

/* Borrowed from the entry. */
static inline struct span entry_key(const struct entry *entry)
{
    return span_of((const uint8_t *)(entry + 1), entry->node.key_len);
}

/* The value, borrowed: valid as long as the entry or a share of its blob. */
struct slice entry_value(const struct entry *entry);

/* The value becomes part of a reply that is kept: its change is to be noticed. */
static inline void entry_share(struct entry *entry)
{
    entry->node.user[ENTRY_USER_ROOM] |= ENTRY_IS_SHARED;
}

/* Overwrites the value in place, if the entry has room for any number, as entry_new_number
 * makes it. Returns whether it did. */
bool entry_write_number(struct entry *entry, int64_t number);

/* Overwrites the value in place, if the new one fits. Returns whether it did. */
bool entry_write(struct entry *entry, struct span value);

#endif
