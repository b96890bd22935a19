#include "base/table.h"

enum {
    BUCKETS_PER_NODE = 2,  /* with 1, every third search visits a second node */
    NODES_PER_BUCKET = 2,  /* at most, when splits are refused memory */
    SPLITS_PER_CHANGE = 3, /* 2 would suffice if memory were never refused */
    JOINS_PER_CHANGE = 8,  /* so that buckets disappear as fast as nodes */
    BUCKETS_TO_JOIN = 8,   /* for each node; joins begin above that */
    SMALL_BUCKETS = 4096,
};

static const size_t segment_size = TABLE_SEGMENT_BUCKETS * sizeof(struct table_node *);

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
    size_t segments = (table->buckets + TABLE_SEGMENT_BUCKETS - 1) / TABLE_SEGMENT_BUCKETS;

    if (table->segments == NULL)
        return;
    for (size_t i = 0; i < segments; i++)
        memory_free(table->memory, table->segments[i], segment_size);
    memory_free(
        table->memory, table->segments, table->segment_capacity * sizeof(*table->segments));
}

struct table_node **table_find(const struct table *table, struct name name)
{
    return table_find_inline(table, name);
}

/* The caches hold it already. */
static bool is_small(const struct table *table)
{
    return table->buckets <= SMALL_BUCKETS;
}

void table_prefetch_bucket(const struct table *table, uint32_t hash)
{
    if (!is_small(table))
        __builtin_prefetch(table_bucket_of(table, hash));
}

void table_prefetch_node(const struct table *table, uint32_t hash)
{
    const struct table_node *first = is_small(table) ? NULL : *table_bucket_of(table, hash);

    if (first != NULL) /* to find out that a null pointer is in no page takes long */
        __builtin_prefetch(first);
}

/* Adds a bucket and moves to it what belongs there from the one it is split from. The names are
 * hashed again, one or two for each insertion: hashes kept in the nodes would raise the cost of
 * a 32-byte name with an 8-byte value from 96 bytes to 112. Returns false if memory is refused.
 */
static bool split_bucket(struct table *table)
{
    size_t index = table->buckets;
    struct table_node **link = table_bucket_at(table, index & table->low_mask);
    struct table_node **target;

    if (index % TABLE_SEGMENT_BUCKETS == 0 && add_segment(table, index / TABLE_SEGMENT_BUCKETS))
        return false;
    target = table_bucket_at(table, index);
    table->buckets++;
    while (*link != NULL) {
        struct table_node *node = *link;
        struct name name = name_of(&table->hash_key, table_key(table, node));

        if (table_bucket_of(table, name.hash) != target) {
            link = &node->next;
            continue;
        }
        *link = node->next;
        node->next = *target;
        *target = node;
    }
    if (table->buckets > table->low_mask * 2 + 1)
        table->low_mask = table->low_mask * 2 + 1;
    return true;
}

/* Removes the last bucket and appends its nodes to the bucket from which it was split. */
static void join_bucket(struct table *table)
{
    size_t index = table->buckets - 1;
    struct table_node **link;

    if (index <= table->low_mask)
        table->low_mask /= 2;
    link = table_bucket_at(table, index & table->low_mask);
    while (*link != NULL)
        link = &(*link)->next;
    *link = *table_bucket_at(table, index);
    *table_bucket_at(table, index) = NULL;
    table->buckets--;
    if (index % TABLE_SEGMENT_BUCKETS == 0)
        memory_free(
            table->memory, table->segments[index / TABLE_SEGMENT_BUCKETS], segment_size);
}

static size_t expected_nodes(const struct table *table)
{
    return table->nodes + table->promised;
}

static bool is_overfull(const struct table *table)
{
    return expected_nodes(table) > table->buckets * NODES_PER_BUCKET;
}

static bool has_few_buckets(const struct table *table)
{
    return table->buckets < expected_nodes(table) * BUCKETS_PER_NODE;
}

static __attribute__((noinline)) void split_buckets(struct table *table)
{
    for (int i = 0; i < SPLITS_PER_CHANGE; i++) {
        if (!has_few_buckets(table) || !split_bucket(table))
            return;
    }
}

/* Most changes split nothing: then the call costs as much as the rest. */
static void grow(struct table *table)
{
    if (has_few_buckets(table))
        split_buckets(table);
}

static void shrink(struct table *table)
{
    for (int i = 0; i < JOINS_PER_CHANGE; i++) {
        if (table->buckets == 1 || expected_nodes(table) >= table->buckets / BUCKETS_TO_JOIN)
            return;
        join_bucket(table);
    }
}

static void add_node(struct table *table, struct table_node **link, struct table_node *node)
{
    node->next = NULL;
    *link = node;
    table->nodes++;
}

int table_insert(struct table *table, struct table_node **link, struct table_node *node)
{
    add_node(table, link, node);
    grow(table);
    if (!is_overfull(table))
        return 0;
    /* One split would have sufficed. There was none, so the link is still the node's. */
    *link = NULL;
    table->nodes--;
    return TCPSTORE_ENOMEM;
}

int table_promise(struct table *table)
{
    table->promised++;
    grow(table);
    if (!is_overfull(table))
        return 0;
    table->promised--;
    return TCPSTORE_ENOMEM;
}

void table_withdraw(struct table *table)
{
    table->promised--;
    shrink(table);
}

void table_insert_promised(
    struct table *table, struct table_node **link, struct table_node *node)
{
    table->promised--;
    add_node(table, link, node);
}

void table_remove(struct table *table, struct table_node **link)
{
    *link = (*link)->next;
    table->nodes--;
    grow(table);
    shrink(table);
}

void table_each(
    const struct table *table, void (*visit)(void *context, struct table_node *node),
    void *context)
{
    for (size_t i = 0; i < table->buckets; i++)
        for (struct table_node *node = *table_bucket_at(table, i); node != NULL;
             node = node->next)
            visit(context, node);
}

struct table_node *table_pop(struct table *table)
{
    while (table->nodes > 0) {
        struct table_node **bucket = table_bucket_at(table, table->buckets - 1);
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
