#include "base/table.h"

#include <tcpstore/error.h>

enum {
    BUCKETS_PER_NODE = 2,     /* with 1, every third search visits a second node */
    SPLITS_PER_INSERTION = 3, /* 2 would suffice if memory were never refused */
    SEGMENT_BUCKETS = 512,    /* one page of pointers */
    JOINS_PER_REMOVAL = 8,    /* so that buckets disappear as fast as nodes */
    BUCKETS_TO_JOIN = 8,      /* for each node; joins begin above that */
};

static const size_t segment_size = SEGMENT_BUCKETS * sizeof(struct table_node *);

static struct table_node **bucket_at(const struct table *table, size_t index)
{
    return &table->segments[index / SEGMENT_BUCKETS][index % SEGMENT_BUCKETS];
}

/* A bucket past the end does not exist yet: its nodes are still in the bucket that will be
 * split. */
static struct table_node **bucket_of(const struct table *table, uint32_t hash)
{
    size_t index = hash & (table->low_mask * 2 + 1);

    if (index >= table->buckets)
        index &= table->low_mask;
    return bucket_at(table, index);
}

static int reserve_segment_slot(struct table *table, size_t slot)
{
    size_t capacity = table->segment_capacity == 0 ? 4 : table->segment_capacity * 2;
    struct table_node ***segments;

    if (slot < table->segment_capacity)
        return 0;
    if (table->segments == NULL)
        segments = memory_alloc(table->memory, capacity * sizeof(*segments));
    else
        segments = memory_realloc(
            table->memory, table->segments, table->segment_capacity * sizeof(*segments),
            capacity * sizeof(*segments));
    if (segments == NULL)
        return TCPSTORE_ENOMEM;
    table->segments = segments;
    table->segment_capacity = capacity;
    return 0;
}

static int add_segment(struct table *table, size_t slot)
{
    struct table_node **segment;

    if (reserve_segment_slot(table, slot))
        return TCPSTORE_ENOMEM;
    segment = memory_alloc(table->memory, segment_size);
    if (segment == NULL)
        return TCPSTORE_ENOMEM;
    memset(segment, 0, segment_size);
    table->segments[slot] = segment;
    return 0;
}

int table_init(
    struct table *table, struct memory *memory, const struct hash_key *hash_key,
    size_t key_offset)
{
    struct table empty = {.memory = memory, .hash_key = *hash_key, .key_offset = key_offset};

    if (add_segment(&empty, 0)) {
        table_done(&empty);
        return TCPSTORE_ENOMEM;
    }
    empty.buckets = 1;
    *table = empty;
    return 0;
}

void table_done(struct table *table)
{
    size_t segments = (table->buckets + SEGMENT_BUCKETS - 1) / SEGMENT_BUCKETS;

    if (table->segments == NULL)
        return;
    for (size_t i = 0; i < segments; i++)
        memory_free(table->memory, table->segments[i], segment_size);
    memory_free(
        table->memory, table->segments, table->segment_capacity * sizeof(*table->segments));
}

static bool has_name(const struct table *table, const struct table_node *node, struct name name)
{
    return node->key_len == name.len &&
           memcmp(table_key(table, node).bytes, name.bytes, name.len) == 0;
}

struct table_node **table_find(const struct table *table, struct name name)
{
    struct table_node **link = bucket_of(table, name.hash);

    while (*link != NULL && !has_name(table, *link, name))
        link = &(*link)->next;
    return link;
}

/* Adds a bucket and moves to it what belongs there from the one it is split from. The names are
 * hashed again, one or two for each insertion: hashes kept in the nodes would raise the cost of
 * a 32-byte name with an 8-byte value from 80 bytes to 96. */
static void split_bucket(struct table *table)
{
    size_t index = table->buckets;
    struct table_node **link = bucket_at(table, index & table->low_mask);
    struct table_node **target;

    if (index % SEGMENT_BUCKETS == 0 && add_segment(table, index / SEGMENT_BUCKETS))
        return;
    target = bucket_at(table, index);
    table->buckets++;
    while (*link != NULL) {
        struct table_node *node = *link;
        struct name name = name_of(&table->hash_key, table_key(table, node));

        if (bucket_of(table, name.hash) != target) {
            link = &node->next;
            continue;
        }
        *link = node->next;
        node->next = *target;
        *target = node;
    }
    if (table->buckets > table->low_mask * 2 + 1)
        table->low_mask = table->low_mask * 2 + 1;
}

/* Removes the last bucket and appends its nodes to the bucket from which it was split. */
static void join_bucket(struct table *table)
{
    size_t index = table->buckets - 1;
    struct table_node **link;

    if (index <= table->low_mask)
        table->low_mask /= 2;
    link = bucket_at(table, index & table->low_mask);
    while (*link != NULL)
        link = &(*link)->next;
    *link = *bucket_at(table, index);
    *bucket_at(table, index) = NULL;
    table->buckets--;
    if (index % SEGMENT_BUCKETS == 0)
        memory_free(table->memory, table->segments[index / SEGMENT_BUCKETS], segment_size);
}

void table_insert(struct table *table, struct table_node **link, struct table_node *node)
{
    node->next = NULL;
    *link = node;
    table->nodes++;
    for (int i = 0; i < SPLITS_PER_INSERTION; i++) {
        if (table->buckets < table->nodes * BUCKETS_PER_NODE)
            split_bucket(table);
    }
}

void table_remove(struct table *table, struct table_node **link)
{
    *link = (*link)->next;
    table->nodes--;
    for (int i = 0; i < JOINS_PER_REMOVAL; i++) {
        if (table->buckets > 1 && table->nodes < table->buckets / BUCKETS_TO_JOIN)
            join_bucket(table);
    }
}

struct table_node *table_pop(struct table *table)
{
    while (table->nodes > 0) {
        struct table_node **bucket = bucket_at(table, table->buckets - 1);
        struct table_node *node = *bucket;

        if (node != NULL) {
            *bucket = node->next;
            table->nodes--;
            return node;
        }
        join_bucket(table);
    }
    return NULL;
}
