#include "store/waits.h"

#include <assert.h>

#include <tcpstore/error.h>

#include "base/container.h"

/* A name that somebody waits for. */
struct awaited {
    struct table_node node;
    struct list waits;
};

static size_t awaited_size(size_t name_len)
{
    return sizeof(struct awaited) + name_len;
}

void released_init(struct released *released)
{
    *released = (struct released){.end = &released->first};
}

static void released_add(struct released *released, struct waiter *waiter)
{
    if (waiter == released->own) {
        released->own_released = true;
        return;
    }
    *released->end = waiter;
    released->end = &waiter->next_released;
}

struct waiter *released_take(struct released *released)
{
    struct waiter *waiter = released->first;

    if (waiter == NULL)
        return NULL;
    released->first = waiter->next_released;
    if (released->first == NULL)
        released->end = &released->first;
    waiter->next_released = NULL;
    return waiter;
}

int waits_init(struct waits *waits, struct memory *memory, const struct hash_key *hash_key)
{
    return table_init(&waits->table, memory, hash_key, sizeof(struct awaited));
}

void waits_done(struct waits *waits)
{
    assert(waits->table.nodes == 0);
    table_done(&waits->table);
}

static struct awaited *find(const struct waits *waits, struct span name)
{
    struct table_node *node;

    if (waits->table.nodes == 0)
        return NULL;
    node = *table_find(&waits->table, name);
    return node == NULL ? NULL : CONTAINER_OF(node, struct awaited, node);
}

static struct awaited *find_or_add(struct waits *waits, struct span name)
{
    struct table_node **link = table_find(&waits->table, name);
    struct awaited *awaited;

    if (*link != NULL)
        return CONTAINER_OF(*link, struct awaited, node);
    awaited = memory_alloc(waits->table.memory, awaited_size(name.len));
    if (awaited == NULL)
        return NULL;
    *awaited = (struct awaited){.node.key_len = (uint32_t)name.len};
    list_init(&awaited->waits);
    span_copy((uint8_t *)(awaited + 1), name);
    table_insert(&waits->table, link, &awaited->node);
    return awaited;
}

static void remove_if_empty(struct waits *waits, struct awaited *awaited)
{
    struct span name = table_key(&waits->table, &awaited->node);

    if (!list_is_empty(&awaited->waits))
        return;
    table_remove(&waits->table, table_find(&waits->table, name));
    memory_free(waits->table.memory, awaited, awaited_size(name.len));
}

int waiter_prepare(struct waits *waits, struct waiter *waiter, size_t names)
{
    struct wait *own = &waiter->single;

    assert(!waiter_is_waiting(waiter));
    if (names > SIZE_MAX / sizeof(*own))
        return TCPSTORE_ENOMEM;
    if (names > 1) {
        own = memory_alloc(waits->table.memory, names * sizeof(*own));
        if (own == NULL)
            return TCPSTORE_ENOMEM;
    }
    waiter->waits = own;
    waiter->capacity = names;
    return 0;
}

static void register_at(struct waiter *waiter, struct awaited *awaited)
{
    struct wait *wait = &waiter->waits[waiter->registered++];

    assert(waiter->registered <= waiter->capacity);
    waiter->missing++;
    wait->waiter = waiter;
    list_append(&awaited->waits, &wait->link);
}

int waiter_add(struct waits *waits, struct waiter *waiter, struct span name)
{
    struct awaited *awaited = find_or_add(waits, name);

    if (awaited == NULL)
        return TCPSTORE_ENOMEM;
    register_at(waiter, awaited);
    return 0;
}

int waiter_add_barrier(struct waits *waits, struct waiter *waiter, struct span name)
{
    struct awaited *awaited = find_or_add(waits, name);

    if (awaited == NULL)
        return TCPSTORE_ENOMEM;
    waiter->waits = &waiter->single;
    waiter->capacity = 1;
    waiter->barrier = awaited;
    register_at(waiter, awaited);
    return 0;
}

struct span waiter_barrier(const struct waits *waits, const struct waiter *waiter)
{
    if (waiter->barrier == NULL)
        return span_of(NULL, 0);
    return table_key(&waits->table, &waiter->barrier->node);
}

/* All of its waits are unlinked. */
static void waiter_reset(struct waits *waits, struct waiter *waiter)
{
    if (waiter->waits != &waiter->single)
        memory_free(waits->table.memory, waiter->waits, waiter->capacity * sizeof(struct wait));
    *waiter = (struct waiter){0};
}

/* The list's head is all that is left beside a list's last wait. */
static void unlink_wait(struct waits *waits, struct wait *wait)
{
    struct list *neighbour = wait->link.next;

    list_remove(&wait->link);
    if (list_is_empty(neighbour))
        remove_if_empty(waits, CONTAINER_OF(neighbour, struct awaited, waits));
}

void waiter_forget(struct waits *waits, struct waiter *waiter)
{
    for (size_t i = 0; i < waiter->registered; i++) {
        if (list_is_linked(&waiter->waits[i].link))
            unlink_wait(waits, &waiter->waits[i]);
    }
    waiter_reset(waits, waiter);
}

/* Whether the waiter is released by that. */
static bool tick_off(struct waits *waits, struct wait *wait, struct released *released)
{
    struct waiter *waiter = wait->waiter;

    list_remove(&wait->link);
    if (--waiter->missing > 0)
        return false;
    waiter_reset(waits, waiter);
    released_add(released, waiter);
    return true;
}

static void wake(
    struct waits *waits, struct span name, bool only_one, struct released *released)
{
    struct awaited *awaited = find(waits, name);

    if (awaited == NULL)
        return;
    while (!list_is_empty(&awaited->waits)) {
        struct wait *oldest = CONTAINER_OF(awaited->waits.next, struct wait, link);

        if (tick_off(waits, oldest, released) && only_one)
            break;
    }
    remove_if_empty(waits, awaited);
}

void waits_wake_all(struct waits *waits, struct span name, struct released *released)
{
    wake(waits, name, false, released);
}

void waits_wake_one(struct waits *waits, struct span name, struct released *released)
{
    wake(waits, name, true, released);
}

void waits_uncount(struct waits *waits, struct span name)
{
    struct awaited *awaited = find(waits, name);

    if (awaited == NULL)
        return;
    for (struct list *link = awaited->waits.next; link != &awaited->waits; link = link->next)
        CONTAINER_OF(link, struct wait, link)->waiter->barrier = NULL;
}
