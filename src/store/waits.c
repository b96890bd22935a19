#include "store/waits.h"

#include <assert.h>
#include <limits.h>

#include <tcpstore/error.h>

#include "base/step.h"

enum { FIRST_BLOCK = 4 }; /* waits; each further block has twice as many */

static size_t awaited_size(size_t name_len)
{
    return sizeof(struct awaited) + name_len;
}

int waits_init(struct waits *waits, struct memory *memory, const struct hash_key *hash_key)
{
    waits->count = 0;
    waits->next_number = 0;
    return table_init(&waits->table, memory, hash_key, sizeof(struct awaited));
}

void waits_done(struct waits *waits)
{
    assert(waits->table.nodes == 0 && waits->count == 0);
    table_done(&waits->table);
}

static struct name awaited_name(const struct waits *waits, const struct awaited *awaited)
{
    return (struct name){
        .bytes = table_key(&waits->table, &awaited->node).bytes,
        .len = awaited->node.key_len,
        .hash = awaited->node.user_word,
    };
}

/* Returns the awaited name at `link`, which table_find has returned for it. */
static struct awaited *get_or_add(
    struct waits *waits, struct table_node **link, struct name name)
{
    struct awaited *awaited;

    if (*link != NULL)
        return awaited_at(link);
    awaited = memory_alloc(waits->table.memory, awaited_size(name.len));
    if (awaited == NULL)
        return NULL;
    *awaited = (struct awaited){.node.key_len = name.len, .node.user_word = name.hash};
    list_init(&awaited->waits);
    span_copy((uint8_t *)(awaited + 1), name_key(name));
    if (table_insert(&waits->table, link, &awaited->node)) {
        memory_free(waits->table.memory, awaited, awaited_size(name.len));
        return NULL;
    }
    return awaited;
}

void awaited_remove(struct waits *waits, struct table_node **link)
{
    struct awaited *awaited = awaited_at(link);

    table_remove(&waits->table, link);
    memory_free(waits->table.memory, awaited, awaited_size(awaited->node.key_len));
}

static size_t block_size(size_t capacity)
{
    return sizeof(struct wait_block) + capacity * sizeof(struct wait);
}

/* Twice as large as the one before, but no larger than `names` names need. */
static struct wait_block *block_add(struct waits *waits, struct waiter *waiter, size_t names)
{
    size_t capacity = waiter->blocks == NULL ? FIRST_BLOCK : waiter->blocks->capacity * 2;
    struct wait_block *block;

    if (capacity > names)
        capacity = names;
    block = memory_alloc(waits->table.memory, block_size(capacity));
    if (block == NULL)
        return NULL;
    *block = (struct wait_block){.next = waiter->blocks, .capacity = capacity};
    waiter->blocks = block;
    return block;
}

struct wait *waiter_next_wait(struct waits *waits, struct waiter *waiter, size_t more)
{
    struct wait_block *block = waiter->blocks;

    if (waiter->first.waiter == NULL)
        return &waiter->first;
    if (block == NULL || block->used == block->capacity)
        block = block_add(waits, waiter, more + 1);
    return block == NULL ? NULL : &block->waits[block->used];
}

static void register_at(
    struct waits *waits, struct waiter *waiter, struct wait *wait, struct awaited *awaited)
{
    waits->count++;
    if (wait != &waiter->first)
        waiter->blocks->used++;
    waiter->missing++;
    wait->waiter = waiter;
    wait->number = waits->next_number++;
    wait->awaited = awaited;
    awaited->may_have_crowds |= waiter->is_crowd;
    list_append(&awaited->waits, &wait->link);
}

static bool is_last_of(const struct waiter *waiter, const struct awaited *awaited)
{
    return wait_at(awaited->waits.prev)->waiter == waiter;
}

/* Inlined, this costs every request 30 instructions. */
__attribute__((noinline)) int waiter_add(
    struct waits *waits, struct waiter *waiter, struct name name, size_t more)
{
    struct table_node **link = table_find(&waits->table, name);
    struct awaited *awaited;
    struct wait *wait;

    if (*link != NULL && is_last_of(waiter, awaited_at(link)))
        return 0;
    wait = waiter_next_wait(waits, waiter, more);
    if (wait == NULL)
        return TCPSTORE_ENOMEM;
    awaited = get_or_add(waits, link, name);
    if (awaited == NULL)
        return TCPSTORE_ENOMEM;
    register_at(waits, waiter, wait, awaited);
    return 0;
}

int waiter_add_barrier(struct waits *waits, struct waiter *waiter, struct name name)
{
    struct awaited *awaited = get_or_add(waits, table_find(&waits->table, name), name);

    if (awaited == NULL)
        return TCPSTORE_ENOMEM;
    assert(!waiter_is_waiting(waiter));
    register_at(waits, waiter, &waiter->first, awaited);
    waiter->is_counted = true;
    waiter->epoch = awaited->epoch;
    return 0;
}

bool waiter_is_counted(const struct waiter *waiter)
{
    return waiter->is_counted && waiter->first.awaited->epoch == waiter->epoch;
}

struct name waiter_barrier(const struct waits *waits, const struct waiter *waiter)
{
    return awaited_name(waits, waiter->first.awaited);
}

static void remove_newest_block(struct waits *waits, struct waiter *waiter)
{
    struct wait_block *block = waiter->blocks;

    waiter->blocks = block->next;
    memory_free(waits->table.memory, block, block_size(block->capacity));
}

void waiter_reset(struct waits *waits, struct waiter *waiter)
{
    while (waiter->blocks != NULL)
        remove_newest_block(waits, waiter);
    *waiter = (struct waiter){0};
}

void waiter_hold(struct waiter *waiter)
{
    assert(!waiter->held);
    waiter->held = true;
    waiter->missing++;
}

bool waiter_let_go(struct waits *waits, struct waiter *waiter)
{
    assert(waiter->held);
    waiter->held = false;
    if (--waiter->missing > 0)
        return false;
    waiter_reset(waits, waiter);
    return true;
}

/* Returns the steps that it took. */
static long unlink_wait(struct waits *waits, struct wait *wait)
{
    struct name name;

    if (!list_is_linked(&wait->link))
        return 1;
    list_remove(&wait->link);
    waits->count--;
    if (!list_is_empty(&wait->awaited->waits))
        return 1;
    name = awaited_name(waits, wait->awaited);
    awaited_remove(waits, table_find(&waits->table, name));
    return steps_of_name(name.len);
}

/* NULL if there is none. */
static struct wait *newest_wait(struct waits *waits, struct waiter *waiter)
{
    while (waiter->blocks != NULL && waiter->blocks->used == 0)
        remove_newest_block(waits, waiter);
    if (waiter->blocks != NULL)
        return &waiter->blocks->waits[waiter->blocks->used - 1];
    return waiter->first.waiter == NULL ? NULL : &waiter->first;
}

/* Returns the steps that it took. */
static long forget_newest_wait(struct waits *waits, struct waiter *waiter, struct wait *wait)
{
    long steps = unlink_wait(waits, wait);

    if (wait == &waiter->first)
        wait->waiter = NULL;
    else
        waiter->blocks->used--;
    return steps;
}

bool waiter_forget_some(struct waits *waits, struct waiter *waiter, long *steps)
{
    struct wait *wait;

    if (list_is_linked(&waiter->released))
        list_remove(&waiter->released);
    if (!waiter->held)
        waiter_hold(waiter);
    waiter->is_counted = false;
    while ((wait = newest_wait(waits, waiter)) != NULL) {
        if (*steps <= 0)
            return false;
        *steps -= forget_newest_wait(waits, waiter, wait);
    }
    waiter_reset(waits, waiter);
    return true;
}

void waiter_forget(struct waits *waits, struct waiter *waiter)
{
    long steps = LONG_MAX;

    assert(!waiter->is_in_crowd);
    waiter_forget_some(waits, waiter, &steps);
}

static bool find_linked(
    const struct wait_block *block, long *steps, const struct wait **ret_wait)
{
    enum { WAITS_PER_STEP = 32 };
    bool is_found = false;

    for (; block != NULL; block = block->next) {
        *steps -= 1 + (long)(block->used / WAITS_PER_STEP);
        for (size_t at = block->used; at-- > 0;) {
            if (!list_is_linked(&block->waits[at].link))
                continue;
            *ret_wait = &block->waits[at];
            is_found = true;
        }
    }
    return is_found;
}

bool waiter_first_missing(
    const struct waits *waits, const struct waiter *waiter, long *steps, struct name *ret_name)
{
    const struct wait *wait = &waiter->first;

    if (!list_is_linked(&wait->link) && !find_linked(waiter->blocks, steps, &wait))
        return false;
    *ret_name = awaited_name(waits, wait->awaited);
    return true;
}

bool waits_has(const struct waits *waits, struct name name)
{
    return waits->table.nodes > 0 && *table_find(&waits->table, name) != NULL;
}

void waits_restart_count(struct waits *waits, struct name name)
{
    struct table_node **link;

    if (waits->table.nodes == 0)
        return;
    link = table_find(&waits->table, name);
    if (*link != NULL)
        awaited_at(link)->epoch++;
}
