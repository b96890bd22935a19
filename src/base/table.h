/*
 * A hash table of named nodes that never pauses to rehash.
 *
 * Linear hashing (Litwin, 1980): an insertion splits buckets if the table is too full, a
 * removal joins some if it is too empty. Buckets lie in segments of fixed size, so that the
 * longest pause is the allocation of one segment. A split that is refused memory is postponed:
 * later changes catch up. Meanwhile chains grow, but only to two nodes for each bucket on
 * average: then an insertion is refused.
 *
 * Nodes are embedded in structs of the table's owner. The bytes of a key lie `key_offset` bytes
 * after the start of its node. Not thread-safe.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <tcpstore/error.h>

#include "base/memory.h"
#include "base/name.h"

struct table_node {
    struct table_node *next;
    uint32_t key_len;
    union { /* for the owner; padding otherwise */
        uint16_t user[2];
        uint32_t user_word;
    };
};

struct table {
    struct memory *memory;
    struct hash_key hash_key;
    size_t key_offset;
    size_t nodes;
    size_t promised; /* nodes to come, for which insertion must not fail */
    size_t buckets;
    size_t low_mask; /* largest 2^k - 1 below `buckets` */
    struct table_node ***segments;
    size_t segment_capacity; /* of the array `segments` */
};

/* `hash_key` should be secret and random. TCPSTORE_ENOMEM. */
int table_init(
    struct table *table, struct memory *memory, const struct hash_key *hash_key,
    size_t key_offset);

/* Frees the buckets. The owner frees the nodes before, with table_pop. */
void table_done(struct table *table);

/* The link to the node of that name, or the null link where it belongs. Valid until the table
 * changes. */
struct table_node **table_find(const struct table *table, struct name name);

/* Begin to fetch into the caches what table_find will look at for that hash: the bucket, or the
 * first node in it, for which the bucket should be there already. */
void table_prefetch_bucket(const struct table *table, uint32_t hash);
void table_prefetch_node(const struct table *table, uint32_t hash);

/* Adds `node` at the null link that table_find returned for its name. TCPSTORE_ENOMEM: the
 * table is full, and memory for more buckets is refused. */
TCPSTORE_MUST_USE
int table_insert(struct table *table, struct table_node **link, struct table_node *node);

/* Grows the table for a node that will be inserted with table_insert_promised. TCPSTORE_ENOMEM.
 */
TCPSTORE_MUST_USE
int table_promise(struct table *table);

/* Takes a promise back: the node will not be inserted. */
void table_withdraw(struct table *table);

/* table_insert for a promised node. Cannot fail, and splits no bucket. */
void table_insert_promised(
    struct table *table, struct table_node **link, struct table_node *node);

/* Removes the node at `link`. */
void table_remove(struct table *table, struct table_node **link);

/* Calls `visit` with each node, in an order that depends on the table's past. */
void table_each(
    const struct table *table, void (*visit)(void *context, struct table_node *node),
    void *context);

/* Removes any node, to empty the table before table_done. NULL if it is empty. */
struct table_node *table_pop(struct table *table);

static inline struct span table_key(const struct table *table, const struct table_node *node)
{
    return span_of((const uint8_t *)node + table->key_offset, node->key_len);
}

enum { TABLE_SEGMENT_BUCKETS = 512 /* one page of pointers */ };

static inline struct table_node **table_bucket_at(const struct table *table, size_t index)
{
    return &table->segments[index / TABLE_SEGMENT_BUCKETS][index % TABLE_SEGMENT_BUCKETS];
}

/* A bucket past the end does not exist yet: its nodes are still in the bucket that will be
 * split. */
static inline struct table_node **table_bucket_of(const struct table *table, uint32_t hash)
{
    size_t index = hash & (table->low_mask * 2 + 1);

    if (index >= table->buckets)
        index &= table->low_mask;
    return table_bucket_at(table, index);
}

static inline __attribute__((always_inline)) bool table_has_name(
    const struct table *table, const struct table_node *node, struct name name)
{
    return node->key_len == name.len &&
           memcmp(table_key(table, node).bytes, name.bytes, name.len) == 0;
}

/* The same, for where it is called often: the call costs a SET 19 instructions. */
static inline __attribute__((always_inline)) struct table_node **table_find_inline(
    const struct table *table, struct name name)
{
    struct table_node **link = table_bucket_of(table, name.hash);

    while (*link != NULL && !table_has_name(table, *link, name))
        link = &(*link)->next;
    return link;
}

#endif
