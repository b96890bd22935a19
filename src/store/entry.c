#include "store/entry.h"

#include "base/decimal.h"

struct slice entry_value(const struct entry *entry)
{
    const uint8_t *room = (const uint8_t *)entry + entry_room_offset(entry);

    if (entry_is_in_blob(entry))
        return entry_get_slice(entry);
    return slice_borrowed(span_of(room, entry->node.user[ENTRY_USER_LEN]));
}

/* The bytes that the heap adds by rounding up are used, too. */
struct entry *entry_allocate(struct memory *memory, struct span key, size_t room)
{
    size_t size = memory_footprint(sizeof(struct entry) + key.len + room) - MEMORY_HEADER;
    struct entry *entry = memory_alloc(memory, size);

    if (entry == NULL)
        return NULL;
    entry->node.key_len = (uint32_t)key.len;
    entry->node.user[ENTRY_USER_ROOM] = (uint16_t)(size - sizeof(*entry) - key.len);
    entry->node.user[ENTRY_USER_LEN] = 0;
    span_copy((uint8_t *)(entry + 1), key);
    return entry;
}

struct entry *entry_new(struct memory *memory, struct span key, const struct slice *value)
{
    bool small = value->span.len <= ENTRY_SMALL_MAX;
    struct entry *entry = entry_allocate(memory, key, small ? value->span.len : sizeof(*value));
    struct slice kept;

    if (entry == NULL)
        return NULL;
    if (small) {
        span_copy(entry_room(entry), value->span);
        entry->node.user[ENTRY_USER_LEN] = (uint16_t)value->span.len;
        return entry;
    }
    if (blob_keep(memory, value, &kept)) {
        entry_free(memory, entry);
        return NULL;
    }
    entry_put_slice(
        entry, kept, kept.blob == value->blob ? ENTRY_IN_BLOB : ENTRY_AT_END_OF_BLOB);
    return entry;
}

struct entry *entry_copy(struct memory *memory, const struct entry *entry)
{
    struct span key = entry_key(entry);
    struct slice value = entry_value(entry);
    struct entry *copy;

    if (!entry_is_in_blob(entry))
        return entry_new(memory, key, &value);
    copy = entry_allocate(memory, key, sizeof(value));
    if (copy != NULL) {
        blob_retain(value.blob);
        entry_put_slice(copy, value, ENTRY_IN_BLOB);
    }
    return copy;
}

struct entry *entry_new_number(struct memory *memory, struct span key, int64_t number)
{
    struct entry *entry = entry_allocate(memory, key, DECIMAL_MAX);

    if (entry != NULL)
        entry_write_number(entry, number);
    return entry;
}

void entry_free(struct memory *memory, struct entry *entry)
{
    if (entry == NULL)
        return;
    if (entry_is_in_blob(entry))
        blob_release(entry_get_slice(entry).blob);
    memory_free(memory, entry, entry_size(entry));
}

bool entry_write_number(struct entry *entry, int64_t number)
{
    if (entry_is_in_blob(entry) || entry_room_len(entry) < DECIMAL_MAX)
        return false;
    entry->node.user[ENTRY_USER_LEN] = (uint16_t)decimal_format(number, entry_room(entry));
    return true;
}

bool entry_write(struct entry *entry, struct span value)
{
    if (entry_is_in_blob(entry) || value.len > entry_room_len(entry))
        return false;
    span_copy(entry_room(entry), value);
    entry->node.user[ENTRY_USER_LEN] = (uint16_t)value.len;
    return true;
}
