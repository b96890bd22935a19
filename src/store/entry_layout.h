/* How an entry's memory is laid out. For the files that write values. */
#ifndef STORE_ENTRY_LAYOUT_H
#define STORE_ENTRY_LAYOUT_H

#include "base/blob.h"
#include "base/list.h"
#include "base/table.h"

/* In the table of the keys, or prepared for it. The key follows. */
struct entry {
    struct table_node node;
    struct list order;
};

/*
 * An entry's memory: the node, the key, and room for the value. An entry with a large value
 * keeps there the slice that refers to it. Two numbers in the node describe the room:
 */
enum {
    ENTRY_USER_ROOM, /* bytes after the key */
    ENTRY_USER_LEN,  /* bytes of the value, or one of the following */
};

enum {
    ENTRY_IN_BLOB = UINT16_MAX - 1,
    ENTRY_AT_END_OF_BLOB =
        UINT16_MAX,            /* in a blob, in which all bytes behind the value are unused */
    ENTRY_SMALL_MAX = 1024,    /* bytes of the largest value that an entry holds itself */
    ENTRY_IS_SHARED = 1 << 15, /* in ENTRY_USER_ROOM: its value is part of a shared reply */
};

static inline size_t entry_room_len(const struct entry *entry)
{
    return entry->node.user[ENTRY_USER_ROOM] & (ENTRY_IS_SHARED - 1);
}

static inline size_t entry_room_offset(const struct entry *entry)
{
    return sizeof(*entry) + entry->node.key_len;
}

static inline size_t entry_size(const struct entry *entry)
{
    return entry_room_offset(entry) + entry_room_len(entry);
}

static inline uint8_t *entry_room(struct entry *entry)
{
    return (uint8_t *)entry + entry_room_offset(entry);
}

static inline bool entry_is_in_blob(const struct entry *entry)
{
    return entry->node.user[ENTRY_USER_LEN] >= ENTRY_IN_BLOB;
}

/* The slice after the key is not aligned, so that it is copied in and out. */
static inline struct slice entry_get_slice(const struct entry *entry)
{
    struct slice slice;

    memcpy(&slice, (const uint8_t *)entry + entry_room_offset(entry), sizeof(slice));
    return slice;
}

/* `place` is ENTRY_IN_BLOB or ENTRY_AT_END_OF_BLOB. */
static inline void entry_put_slice(struct entry *entry, struct slice slice, uint16_t place)
{
    memcpy(entry_room(entry), &slice, sizeof(slice));
    entry->node.user[ENTRY_USER_LEN] = place;
}

#endif
