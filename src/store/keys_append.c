#include "store/keys_append.h"

/* Replaces the entry by one with twice the room that it needs, so that appending byte by byte
 * costs linear time. */
static int append_small(struct keys *keys, struct table_node **link, struct span bytes)
{
    struct entry *entry = entry_at(link);
    struct span value = entry_value(entry).span;
    size_t len = value.len + bytes.len;
    size_t room = len < ENTRY_SMALL_MAX / 2 ? len * 2 : ENTRY_SMALL_MAX;
    struct entry *grown = entry_allocate(keys->table.memory, entry_key(entry), room);

    if (grown == NULL)
        return TCPSTORE_ENOMEM;
    span_copy(span_copy(entry_room(grown), value), bytes);
    grown->node.user[ENTRY_USER_LEN] = (uint16_t)len;
    return keys_put(keys, link, grown);
}

struct blob *blob_for_appending(struct memory *memory, size_t len, size_t more)
{
    return blob_new(memory, (len + more) * 2);
}

/* TCPSTORE_ENOMEM. */
static int copy_to_blob(
    struct memory *memory, struct span value, size_t more, struct slice *ret_copy)
{
    struct blob *blob = blob_for_appending(memory, value.len, more);

    if (blob == NULL)
        return TCPSTORE_ENOMEM;
    span_copy(blob->bytes, value);
    *ret_copy = (struct slice){.span = span_of(blob->bytes, value.len), .blob = blob};
    return 0;
}

/* Replaces the entry by one whose value is in a blob with room for `more` bytes behind it. */
static int move_to_blob(struct keys *keys, struct table_node **link, size_t more)
{
    struct entry *entry = entry_at(link);
    struct slice copy;
    struct entry *replacement =
        entry_allocate(keys->table.memory, entry_key(entry), sizeof(copy));

    if (replacement == NULL)
        return TCPSTORE_ENOMEM;
    if (copy_to_blob(keys->table.memory, entry_value(entry).span, more, &copy)) {
        entry_free(keys->table.memory, replacement);
        return TCPSTORE_ENOMEM;
    }
    entry_put_slice(replacement, copy, ENTRY_AT_END_OF_BLOB);
    return keys_put(keys, link, replacement);
}

/*
 * Whether the bytes behind the value belong to the entry. The other owners of a blob that the
 * entry has made got their shares from the entry, with the value as it was then, so they do not
 * look behind it. A blob in which the value was received can hold the next requests there,
 * until the session has released it.
 */
static bool owns_end(const struct entry *entry, const struct blob *blob)
{
    return blob->owners == 1 || entry->node.user[ENTRY_USER_LEN] == ENTRY_AT_END_OF_BLOB;
}

static bool has_room_behind(const struct entry *entry, struct slice value, size_t more)
{
    size_t used = (size_t)(value.span.bytes - value.blob->bytes) + value.span.len;

    return owns_end(entry, value.blob) && more <= value.blob->capacity - used;
}

bool entry_must_be_copied(const struct entry *entry, size_t more)
{
    struct slice value;

    if (!entry_is_in_blob(entry))
        return false;
    value = entry_get_slice(entry);
    return value.blob->owners > 1 && !has_room_behind(entry, value, more);
}

size_t entry_append_moves(const struct entry *entry, size_t more)
{
    struct slice value;

    if (!entry_is_in_blob(entry))
        return more;
    value = entry_get_slice(entry);
    return has_room_behind(entry, value, more) ? more : value.span.len + more;
}

void entry_move(struct entry *entry, struct slice copy)
{
    blob_release(entry_get_slice(entry).blob);
    entry_put_slice(entry, copy, ENTRY_AT_END_OF_BLOB);
}

/* Makes room for `more` bytes behind the value. A value is copied for that only if its blob is
 * shared and full, or shared and not the entry's to write: so once while its length doubles. */
static int make_room(struct entry *entry, struct slice *value, size_t more)
{
    struct blob *blob = value->blob;
    size_t offset = (size_t)(value->span.bytes - blob->bytes);
    size_t used = offset + value->span.len;

    if (has_room_behind(entry, *value, more))
        return 0;
    if (blob->owners > 1) {
        if (copy_to_blob(blob->memory, value->span, more, value))
            return TCPSTORE_ENOMEM;
        blob_release(blob);
        return 0;
    }
    blob = blob_resize(blob, (used + more) * 2);
    if (blob == NULL)
        return TCPSTORE_ENOMEM;
    value->blob = blob;
    value->span.bytes = blob->bytes + offset;
    return 0;
}

int keys_reserve(
    struct keys *keys, struct table_node **link, size_t more, struct slice *ret_value)
{
    struct entry *entry = entry_at(link);

    if (!entry_is_in_blob(entry)) {
        if (move_to_blob(keys, link, more))
            return TCPSTORE_ENOMEM;
        entry = entry_at(link);
    }
    *ret_value = entry_get_slice(entry);
    if (make_room(entry, ret_value, more))
        return TCPSTORE_ENOMEM;
    entry_put_slice(entry, *ret_value, ENTRY_AT_END_OF_BLOB);
    return 0;
}

static int append_in_blob(struct keys *keys, struct table_node **link, struct span bytes)
{
    struct slice value;
    int error = keys_reserve(keys, link, bytes.len, &value);
    size_t offset;

    if (error)
        return error;
    offset = (size_t)(value.span.bytes - value.blob->bytes);
    span_copy(value.blob->bytes + offset + value.span.len, bytes);
    value.span.len += bytes.len;
    entry_put_slice(entry_at(link), value, ENTRY_AT_END_OF_BLOB);
    return 0;
}

int keys_append(struct keys *keys, struct table_node **link, struct span bytes)
{
    struct entry *entry = entry_at(link);
    size_t len = entry_value(entry).span.len + bytes.len;

    if (entry_is_in_blob(entry) || len > ENTRY_SMALL_MAX)
        return append_in_blob(keys, link, bytes);
    if (len <= entry_room_len(entry)) {
        span_copy(entry_room(entry) + entry->node.user[ENTRY_USER_LEN], bytes);
        entry->node.user[ENTRY_USER_LEN] = (uint16_t)len;
        return 0;
    }
    return append_small(keys, link, bytes);
}
