#include "store/waking.h"

void released_init(struct released *released, long *steps)
{
    *released = (struct released){.steps = steps};
    list_init(&released->waiters);
}

static void released_add(struct released *released, struct waiter *waiter)
{
    if (waiter == released->own) {
        released->own_released = true;
        return;
    }
    list_append(&released->waiters, &waiter->released);
}

struct waiter *released_take(struct released *released)
{
    struct list *first = released->waiters.next;

    if (list_is_empty(&released->waiters))
        return NULL;
    list_remove(first);
    return CONTAINER_OF(first, struct waiter, released);
}

/* Returns whether this releases the waiter. */
static bool tick_off(struct waits *waits, struct wait *wait, struct released *released)
{
    struct waiter *waiter = wait->waiter;

    list_remove(&wait->link);
    waits->count--;
    --*released->steps;
    if (--waiter->missing > 0)
        return false;
    waiter_reset(waits, waiter);
    released_add(released, waiter);
    return true;
}

static void wake(
    struct waits *waits, struct name name, bool only_one, struct released *released)
{
    struct table_node **link = table_find(&waits->table, name);
    struct awaited *awaited;

    if (*link == NULL)
        return;
    awaited = awaited_at(link);
    while (!list_is_empty(&awaited->waits)) {
        struct wait *oldest = CONTAINER_OF(awaited->waits.next, struct wait, link);

        if (tick_off(waits, oldest, released) && only_one)
            break;
    }
    if (list_is_empty(&awaited->waits))
        awaited_remove(waits, link);
}

void waits_wake_all(struct waits *waits, struct name name, struct released *released)
{
    if (waits->table.nodes > 0)
        wake(waits, name, false, released);
}

void waits_wake_one(struct waits *waits, struct name name, struct released *released)
{
    if (waits->table.nodes > 0)
        wake(waits, name, true, released);
}
