/*
 * A hash table of named nodes that never stops to rehash.
 *
 * Linear hashing (Litwin, 1980): an insertion that makes the table too full splits
 * one bucket in two, a removal that leaves it too empty joins two in one. Buckets lie
 * in segments of fixed size, so the longest pause is the allocation of one segment. A
 * split that is refused memory is left for later: chains grow, nothing fails.
 *
 * Nodes are embedded in what the owner allocates, each followed, at the table's
 * `key_offset` from its start, by the bytes of its key. Not thread-safe.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/memory.h"
#include "base/name.h"

struct table_node {
    struct table_node *next;
    uint32_t key_len;
    uint16_t user[2]; /* the owner's; here because they would be padding otherwise */
};

struct table {
    struct memory *memory;
    struct hash_key hash_key;
    size_t key_offset;
    size_t nodes;
    size_t buckets;
    size_t low_mask; /* largest 2^k - 1 below `buckets` */
    struct table_node ***segments;
    size_t segment_capacity; /* of the array `segments` */
};

/* `hash_key` should be secret and random. TCPSTORE_ENOMEM. */
int table_init(
    struct table *table, struct memory *memory, const struct hash_key *hash_key,
    size_t key_offset);

/* Frees the buckets. The nodes are the owner's to free before, by table_pop. */
void table_done(struct table *table);

/* The link to the node of that name, or the null link where it belongs. Valid until the table
 * changes. */
struct table_node **table_find(const struct table *table, struct name name);

/* Adds `node` at the null link that table_find returned for its name. */
void table_insert(struct table *table, struct table_node **link, struct table_node *node);

/* Takes the node that `link` leads to out of the table. */
void table_remove(struct table *table, struct table_node **link);

/* Takes any node out, for emptying the table before table_done; NULL if there is none. */
struct table_node *table_pop(struct table *table);

/* Calls `visit` for every node in no particular order, until it answers other than 0, and
 * answers that. `visit` does not change the table. */
int table_each(
    const struct table *table, int (*visit)(void *context, struct table_node *node),
    void *context);

static inline struct span table_key(const struct table *table, const struct table_node *node)
{
    return span_of((const uint8_t *)node + table->key_offset, node->key_len);
}

#endif
