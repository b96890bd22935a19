#include "store/arriving.h"

#include <string.h>

#include "base/step.h"

static const uint32_t NONE = UINT32_MAX;

/* So many slots ahead of the oldest one, the keys' memory is fetched into the caches, first the
 * bucket, then the node in it. Without that, a MULTI_SET of 128 Ki pairs takes half as long
 * again. */
enum {
    BUCKET_AHEAD = 16,
    NODE_AHEAD = 8,
};

struct slot {
    struct entry *entry; /* NULL: taken */
    uint32_t hash;
    uint32_t next; /* slot in the same bucket, or NONE */
};

/* The buckets, numbers of slots, lie behind the slots. */
struct arriving {
    struct keys *keys;
    size_t max;
    size_t added;
    size_t left;
    size_t oldest; /* no slot before it has an entry */
    uint32_t mask; /* of a hash; the number of buckets less 1 */
    struct slot slots[];
};

static uint32_t mask_for(size_t max)
{
    uint32_t mask = 0;

    while (mask < max - 1)
        mask = mask * 2 + 1;
    return mask;
}

static size_t bucket_bytes(uint32_t mask)
{
    return ((size_t)mask + 1) * sizeof(uint32_t);
}

static size_t size_for(size_t max, uint32_t mask)
{
    return sizeof(struct arriving) + max * sizeof(struct slot) + bucket_bytes(mask);
}

static uint32_t *buckets_of(struct arriving *arriving)
{
    return (uint32_t *)(arriving->slots + arriving->max);
}

struct arriving *arriving_new(struct keys *keys, size_t max, long *steps)
{
    uint32_t mask = mask_for(max);
    struct arriving *arriving = memory_alloc(keys->table.memory, size_for(max, mask));

    if (arriving == NULL)
        return NULL;
    *arriving = (struct arriving){.keys = keys, .max = max, .mask = mask};
    memset(buckets_of(arriving), 0xff, bucket_bytes(mask)); /* NONE in each */
    *steps -= (long)(bucket_bytes(mask) / STEP_BYTES);
    return arriving;
}

void arriving_free(struct arriving *arriving)
{
    memory_free(
        arriving->keys->table.memory, arriving, size_for(arriving->max, arriving->mask));
}

static bool has_name(const struct arriving *arriving, const struct slot *slot, struct name name)
{
    return slot->hash == name.hash && slot->entry != NULL &&
           span_equal(table_key(&arriving->keys->table, &slot->entry->node), name_key(name));
}

/* NULL: none. */
static struct slot *find(struct arriving *arriving, struct name name)
{
    uint32_t number = buckets_of(arriving)[name.hash & arriving->mask];

    while (number != NONE && !has_name(arriving, &arriving->slots[number], name))
        number = arriving->slots[number].next;
    return number == NONE ? NULL : &arriving->slots[number];
}

static void fill_slot(struct arriving *arriving, uint32_t hash, struct entry *entry)
{
    uint32_t *bucket = &buckets_of(arriving)[hash & arriving->mask];

    arriving->slots[arriving->added] = (struct slot){entry, hash, *bucket};
    *bucket = (uint32_t)arriving->added++;
    arriving->left++;
}

int arriving_add(struct arriving *arriving, struct name name, const struct slice *value)
{
    struct entry *entry = keys_prepare(arriving->keys, name_key(name), value);
    struct slot *slot;

    if (entry == NULL)
        return TCPSTORE_ENOMEM;
    slot = find(arriving, name);
    if (slot == NULL) {
        fill_slot(arriving, name.hash, entry);
    } else {
        keys_discard(arriving->keys, slot->entry);
        slot->entry = entry;
    }
    return 0;
}

size_t arriving_count(const struct arriving *arriving)
{
    return arriving->left;
}

static struct entry *take(struct arriving *arriving, struct slot *slot)
{
    struct entry *entry = slot->entry;

    slot->entry = NULL;
    arriving->left--;
    return entry;
}

const struct entry *arriving_find(struct arriving *arriving, struct name name)
{
    const struct slot *slot = find(arriving, name);

    return slot == NULL ? NULL : slot->entry;
}

struct entry *arriving_take(struct arriving *arriving, struct name name)
{
    struct slot *slot = find(arriving, name);

    return slot == NULL ? NULL : take(arriving, slot);
}

static void fetch_ahead(const struct arriving *arriving)
{
    const struct table *table = &arriving->keys->table;
    const struct slot *slot = &arriving->slots[arriving->oldest];

    if (arriving->added - arriving->oldest <= BUCKET_AHEAD)
        return;
    table_prefetch_bucket(table, slot[BUCKET_AHEAD].hash);
    table_prefetch_node(table, slot[NODE_AHEAD].hash);
}

struct entry *arriving_take_oldest(struct arriving *arriving, struct name *ret_name)
{
    struct slot *slot;

    if (arriving->left == 0)
        return NULL;
    while (arriving->slots[arriving->oldest].entry == NULL)
        arriving->oldest++;
    fetch_ahead(arriving);
    slot = &arriving->slots[arriving->oldest];
    *ret_name = (struct name){
        .bytes = table_key(&arriving->keys->table, &slot->entry->node).bytes,
        .len = slot->entry->node.key_len,
        .hash = slot->hash,
    };
    return take(arriving, slot);
}

bool arriving_discard(struct arriving *arriving, long *steps)
{
    struct entry *entry;
    struct name name;

    for (; *steps > 0 && (entry = arriving_take_oldest(arriving, &name)) != NULL; --*steps)
        keys_discard(arriving->keys, entry);
    if (arriving->left > 0)
        return false;
    arriving_free(arriving);
    return true;
}
