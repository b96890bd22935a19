#include "why/blocks.h"

#include "base/container.h"
#include "base/table.h"

enum { USUAL_MAX = 256 /* processes of a host */ };

/* How many members a host has. */
struct tally {
    struct table_node node; /* the host's name follows */
    uint32_t count;
};

static size_t tally_size(size_t name_len)
{
    return sizeof(struct tally) + name_len;
}

/* Counts one more member on its host. */
static int count(struct table *table, struct span name)
{
    struct name key = name_of(&table->hash_key, name);
    struct table_node **link = table_find(table, key);
    struct tally *tally;

    if (*link != NULL) {
        CONTAINER_OF(*link, struct tally, node)->count++;
        return 0;
    }
    tally = memory_alloc(table->memory, tally_size(key.len));
    if (tally == NULL)
        return TCPSTORE_ENOMEM;
    *tally = (struct tally){.node.key_len = key.len, .count = 1};
    span_copy((uint8_t *)(tally + 1), name);
    if (table_insert(table, link, &tally->node) == 0)
        return 0;
    memory_free(table->memory, tally, tally_size(key.len));
    return TCPSTORE_ENOMEM;
}

/* Empties the table. Returns the most frequent count; of two, the larger one. 0: no two hosts
 * have the same. */
static uint32_t most_frequent(struct table *table)
{
    uint32_t hosts[USUAL_MAX + 1] = {0};
    uint32_t usual = 0;
    struct table_node *node;

    while ((node = table_pop(table)) != NULL) {
        struct tally *tally = CONTAINER_OF(node, struct tally, node);

        if (tally->count <= USUAL_MAX)
            hosts[tally->count]++;
        memory_free(table->memory, tally, tally_size(node->key_len));
    }
    for (uint32_t at = 1; at <= USUAL_MAX; at++)
        if (hosts[at] > 0 && hosts[at] >= hosts[usual])
            usual = at;
    return hosts[usual] < 2 ? 0 : usual;
}

static int find_usual(
    const struct members *members, struct memory *memory, const struct hash_key *hash_key,
    uint32_t *ret_usual)
{
    struct table table;
    int code = table_init(&table, memory, hash_key, sizeof(struct tally));

    if (code)
        return code;
    for (uint32_t at = 0; code == 0 && at < members->count; at++)
        if (members_at(members, at) != NULL)
            code = count(&table, facts_host(members_at(members, at)));
    *ret_usual = most_frequent(&table);
    table_done(&table);
    return code;
}

const struct facts_client *blocks_client(
    const struct blocks *blocks, const struct members *members, uint32_t number)
{
    uint32_t known = blocks->known[number / blocks->usual];

    return known == 0 ? NULL : members_at(members, known - 1);
}

/* Returns whether the member is on the host of its block. */
static bool add_member(struct blocks *blocks, const struct members *members, uint32_t number)
{
    const struct facts_client *client = blocks_client(blocks, members, number);

    if (client == NULL) {
        blocks->known[number / blocks->usual] = number + 1;
        return true;
    }
    return span_equal(facts_host(client), facts_host(members_at(members, number)));
}

static int make_blocks(struct blocks *blocks, const struct members *members)
{
    size_t count = members->bound / blocks->usual + (size_t)1;

    blocks->count = (uint32_t)count;
    blocks->known = memory_alloc(blocks->memory, count * sizeof(*blocks->known));
    if (blocks->known == NULL)
        return TCPSTORE_ENOMEM;
    memset(blocks->known, 0, count * sizeof(*blocks->known));
    for (uint32_t at = 0; at < members->count && blocks->usual > 0; at++)
        if (members_at(members, at) != NULL && !add_member(blocks, members, at))
            blocks->usual = 0;
    return 0;
}

int blocks_init(
    struct blocks *blocks, struct memory *memory, const struct hash_key *hash_key,
    const struct members *members)
{
    int code;

    *blocks = (struct blocks){.memory = memory};
    code = find_usual(members, memory, hash_key, &blocks->usual);
    if (code || blocks->usual < 2) {
        blocks->usual = 0;
        return code;
    }
    return make_blocks(blocks, members);
}

void blocks_done(struct blocks *blocks)
{
    if (blocks->known != NULL)
        memory_free(blocks->memory, blocks->known, blocks->count * sizeof(*blocks->known));
    *blocks = (struct blocks){.usual = 0};
}
