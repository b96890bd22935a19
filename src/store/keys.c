#include "store/keys.h"

#include "base/container.h"
#include "base/decimal.h"

/*
 * An entry's memory: the node, the key, and room for the value. An entry with a large value
 * keeps there the slice that refers to it. Two numbers in the node describe the room:
 */
enum {
    USER_ROOM, /* bytes after the key */
    USER_LEN,  /* bytes of the value, or one of the following */
};

enum {
    IN_BLOB = UINT16_MAX - 1,
    AT_END_OF_BLOB = UINT16_MAX, /* in a blob, in which all bytes behind the value are unused */
    SMALL_MAX = 1024,            /* bytes of the largest value that an entry holds itself */
};

static size_t room_offset(const struct entry *entry)
{
    return sizeof(*entry) + entry->node.key_len;
}

static size_t entry_size(const struct entry *entry)
{
    return room_offset(entry) + entry->node.user[USER_ROOM];
}

static uint8_t *entry_room(struct entry *entry)
{
    return (uint8_t *)entry + room_offset(entry);
}

static bool is_in_blob(const struct entry *entry)
{
    return entry->node.user[USER_LEN] >= IN_BLOB;
}

/* The slice after the key is not aligned, so that it is copied in and out. */
static struct slice get_slice(const struct entry *entry)
{
    struct slice slice;

    memcpy(&slice, (const uint8_t *)entry + room_offset(entry), sizeof(slice));
    return slice;
}

/* `place` is IN_BLOB or AT_END_OF_BLOB. */
static void put_slice(struct entry *entry, struct slice slice, uint16_t place)
{
    memcpy(entry_room(entry), &slice, sizeof(slice));
    entry->node.user[USER_LEN] = place;
}

int keys_init(struct keys *keys, struct memory *memory, const struct hash_key *hash_key)
{
    list_init(&keys->order);
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
        entry_free(keys, entry);
    table_done(&keys->table);
}

size_t keys_count(const struct keys *keys)
{
    return keys->table.nodes;
}

struct slice entry_value(const struct entry *entry)
{
    const uint8_t *room = (const uint8_t *)entry + room_offset(entry);

    if (is_in_blob(entry))
        return get_slice(entry);
    return slice_borrowed(span_of(room, entry->node.user[USER_LEN]));
}

/* Has the key and at least `room` bytes: those that malloc adds by rounding are used, too. The
 * 8 are malloc's header. */
static struct entry *allocate(struct keys *keys, struct span key, size_t room)
{
    size_t size = memory_footprint(sizeof(struct entry) + key.len + room) - 8;
    struct entry *entry = memory_alloc(keys->table.memory, size);

    if (entry == NULL)
        return NULL;
    entry->node.key_len = (uint32_t)key.len;
    entry->node.user[USER_ROOM] = (uint16_t)(size - sizeof(*entry) - key.len);
    entry->node.user[USER_LEN] = 0;
    span_copy((uint8_t *)(entry + 1), key);
    return entry;
}

struct entry *entry_new(struct keys *keys, struct span key, const struct slice *value)
{
    bool small = value->span.len <= SMALL_MAX;
    struct entry *entry = allocate(keys, key, small ? value->span.len : sizeof(*value));
    struct slice kept;

    if (entry == NULL)
        return NULL;
    if (small) {
        span_copy(entry_room(entry), value->span);
        entry->node.user[USER_LEN] = (uint16_t)value->span.len;
        return entry;
    }
    if (blob_keep(keys->table.memory, value, &kept)) {
        entry_free(keys, entry);
        return NULL;
    }
    put_slice(entry, kept, kept.blob == value->blob ? IN_BLOB : AT_END_OF_BLOB);
    return entry;
}

struct entry *entry_copy(struct keys *keys, const struct entry *entry)
{
    struct span key = table_key(&keys->table, &entry->node);
    struct slice value = entry_value(entry);
    struct entry *copy;

    if (!is_in_blob(entry))
        return entry_new(keys, key, &value);
    copy = allocate(keys, key, sizeof(value));
    if (copy != NULL) {
        blob_retain(value.blob);
        put_slice(copy, value, IN_BLOB);
    }
    return copy;
}

struct entry *entry_new_number(struct keys *keys, struct span key, int64_t number)
{
    struct entry *entry = allocate(keys, key, DECIMAL_MAX);

    if (entry != NULL)
        entry_write_number(entry, number);
    return entry;
}

void entry_free(struct keys *keys, struct entry *entry)
{
    if (entry == NULL)
        return;
    if (is_in_blob(entry))
        blob_release(get_slice(entry).blob);
    memory_free(keys->table.memory, entry, entry_size(entry));
}

/* `link` is not null. */
static void replace(struct keys *keys, struct table_node **link, struct entry *entry)
{
    struct entry *old = entry_at(link);

    list_replace(&old->order, &entry->order);
    entry->node.next = old->node.next;
    *link = &entry->node;
    entry_free(keys, old);
}

int keys_put(struct keys *keys, struct table_node **link, struct entry *entry)
{
    if (*link != NULL) {
        replace(keys, link, entry);
        return 0;
    }
    if (table_insert(&keys->table, link, &entry->node)) {
        entry_free(keys, entry);
        return TCPSTORE_ENOMEM;
    }
    list_append(&keys->order, &entry->order);
    return 0;
}

struct entry *keys_prepare(struct keys *keys, struct span key, const struct slice *value)
{
    struct entry *entry = entry_new(keys, key, value);

    if (entry != NULL && table_promise(&keys->table)) {
        entry_free(keys, entry);
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
    entry_free(keys, entry);
    table_withdraw(&keys->table);
}

bool entry_write_number(struct entry *entry, int64_t number)
{
    if (is_in_blob(entry) || entry->node.user[USER_ROOM] < DECIMAL_MAX)
        return false;
    entry->node.user[USER_LEN] = (uint16_t)decimal_format(number, entry_room(entry));
    return true;
}

bool entry_write(struct entry *entry, struct span value)
{
    if (is_in_blob(entry) || value.len > entry->node.user[USER_ROOM])
        return false;
    span_copy(entry_room(entry), value);
    entry->node.user[USER_LEN] = (uint16_t)value.len;
    return true;
}

/* Replaces the entry by one with twice the room that it needs, so that appending byte by byte
 * costs linear time. */
static int append_small(struct keys *keys, struct table_node **link, struct span bytes)
{
    struct entry *entry = entry_at(link);
    struct span value = entry_value(entry).span;
    size_t len = value.len + bytes.len;
    size_t room = len < SMALL_MAX / 2 ? len * 2 : SMALL_MAX;
    struct entry *grown = allocate(keys, table_key(&keys->table, &entry->node), room);

    if (grown == NULL)
        return TCPSTORE_ENOMEM;
    span_copy(span_copy(entry_room(grown), value), bytes);
    grown->node.user[USER_LEN] = (uint16_t)len;
    replace(keys, link, grown);
    return 0;
}

/* A blob with twice the room that the value needs with `more` bytes. */
static int copy_to_blob(
    struct memory *memory, struct span value, size_t more, struct slice *ret_copy)
{
    struct blob *blob = blob_new(memory, (value.len + more) * 2);

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
        allocate(keys, table_key(&keys->table, &entry->node), sizeof(copy));

    if (replacement == NULL)
        return TCPSTORE_ENOMEM;
    if (copy_to_blob(keys->table.memory, entry_value(entry).span, more, &copy)) {
        entry_free(keys, replacement);
        return TCPSTORE_ENOMEM;
    }
    put_slice(replacement, copy, AT_END_OF_BLOB);
    replace(keys, link, replacement);
    return 0;
}

/*
 * Whether the bytes behind the value belong to the entry. The other owners of a blob that the
 * entry has made got their shares from the entry, with the value as it was then, so they do not
 * look behind it. A blob in which the value was received can hold the next requests there,
 * until the session has released it.
 */
static bool owns_end(const struct entry *entry, const struct blob *blob)
{
    return blob->owners == 1 || entry->node.user[USER_LEN] == AT_END_OF_BLOB;
}

static bool has_room_behind(const struct entry *entry, struct slice value, size_t more)
{
    size_t used = (size_t)(value.span.bytes - value.blob->bytes) + value.span.len;

    return owns_end(entry, value.blob) && more <= value.blob->capacity - used;
}

bool entry_must_be_copied(const struct entry *entry, size_t more)
{
    struct slice value;

    if (!is_in_blob(entry))
        return false;
    value = get_slice(entry);
    return value.blob->owners > 1 && !has_room_behind(entry, value, more);
}

void entry_move(struct entry *entry, struct slice copy)
{
    blob_release(get_slice(entry).blob);
    put_slice(entry, copy, AT_END_OF_BLOB);
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

    if (!is_in_blob(entry)) {
        if (move_to_blob(keys, link, more))
            return TCPSTORE_ENOMEM;
        entry = entry_at(link);
    }
    *ret_value = get_slice(entry);
    if (make_room(entry, ret_value, more))
        return TCPSTORE_ENOMEM;
    put_slice(entry, *ret_value, AT_END_OF_BLOB);
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
    put_slice(entry_at(link), value, AT_END_OF_BLOB);
    return 0;
}

int keys_append(struct keys *keys, struct table_node **link, struct span bytes)
{
    struct entry *entry = entry_at(link);
    size_t len = entry_value(entry).span.len + bytes.len;

    if (is_in_blob(entry) || len > SMALL_MAX)
        return append_in_blob(keys, link, bytes);
    if (len <= entry->node.user[USER_ROOM]) {
        span_copy(entry_room(entry) + entry->node.user[USER_LEN], bytes);
        entry->node.user[USER_LEN] = (uint16_t)len;
        return 0;
    }
    return append_small(keys, link, bytes);
}

struct entry *keys_take(struct keys *keys, struct table_node **link)
{
    struct entry *entry = entry_at(link);

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

struct entry *keys_take_oldest(struct keys *keys)
{
    struct entry *oldest;

    if (keys_count(keys) == 0)
        return NULL;
    oldest = CONTAINER_OF(keys->order.next, struct entry, order);
    return keys_take(keys, keys_find(keys, entry_name(keys, oldest)));
}

struct name entry_name(const struct keys *keys, const struct entry *entry)
{
    return name_of(&keys->table.hash_key, table_key(&keys->table, &entry->node));
}

bool keys_remove(struct keys *keys, struct name name)
{
    struct table_node **link = table_find(&keys->table, name);

    if (*link == NULL)
        return false;
    entry_free(keys, keys_take(keys, link));
    return true;
}
