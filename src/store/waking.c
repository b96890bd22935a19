#include "store/waking.h"

#include "store/crowd.h"
#include "store/wait_runs.h"

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

static void release(struct waits *waits, struct waiter *waiter, struct released *released)
{
    waiter_reset(waits, waiter);
    released_add(released, waiter);
}

/* Returns whether its waiter misses no name any more. */
static bool tick_off(struct waits *waits, struct wait *wait, struct released *released)
{
    list_remove(&wait->link);
    waits->count--;
    --*released->steps;
    return --wait->waiter->missing == 0;
}

/* The crowd misses no name any more. A member has waited for the last one since it joined, or
 * since the crowd registered there, with `number`: whichever is later. */
static void disband(
    struct waits *waits, struct crowd *crowd, uint64_t number, struct wait_runs *members)
{
    for (struct list *link = crowd->members.next; link != &crowd->members; link = link->next) {
        struct wait *membership = wait_at(link);

        membership->waiter->is_in_crowd = false;
        if (membership->number < number)
            membership->number = number;
    }
    wait_runs_add(members, &crowd->members);
    waiter_reset(waits, &crowd->waiter);
    crowd_end_appeared(waits, crowd);
}

/* Members of crowds, who may miss other names, and others, who do not, take turns by number. */
static void release_in_order(
    struct waits *waits, struct wait_runs *members, struct list *others,
    struct released *released)
{
    wait_runs_merge(members, others);
    while (!list_is_empty(others)) {
        struct wait *wait = wait_at(others->next);
        struct waiter *waiter = wait->waiter;

        if (waiter->missing == 0)
            list_remove(&wait->link);
        if (waiter->missing == 0 || tick_off(waits, wait, released))
            release(waits, waiter, released);
    }
}

/* `first` is released, which is a crowd. From then on waiters are not released at once: members
 * of the crowd may have waited for longer. */
static __attribute__((noinline)) void wake_crowds(
    struct waits *waits, struct awaited *awaited, struct wait *first, struct released *released)
{
    struct wait_runs members;
    struct list others;

    wait_runs_init(&members);
    list_init(&others);
    disband(waits, crowd_of(first->waiter), first->number, &members);
    while (!list_is_empty(&awaited->waits)) {
        struct wait *oldest = wait_at(awaited->waits.next);

        if (!tick_off(waits, oldest, released))
            continue;
        if (oldest->waiter->is_crowd)
            disband(waits, crowd_of(oldest->waiter), oldest->number, &members);
        else
            list_append(&others, &oldest->link);
    }
    release_in_order(waits, &members, &others, released);
}

/* Only one: before, no crowd may wait for the name. */
static void wake(
    struct waits *waits, struct awaited *awaited, bool only_one, struct released *released)
{
    while (!list_is_empty(&awaited->waits)) {
        struct wait *oldest = wait_at(awaited->waits.next);

        if (!tick_off(waits, oldest, released))
            continue;
        if (oldest->waiter->is_crowd) {
            wake_crowds(waits, awaited, oldest, released);
            return;
        }
        release(waits, oldest->waiter, released);
        if (only_one)
            return;
    }
}

static void wake_name(
    struct waits *waits, struct name name, bool only_one, struct released *released)
{
    struct table_node **link = table_find(&waits->table, name);

    if (*link == NULL)
        return;
    wake(waits, awaited_at(link), only_one, released);
    if (list_is_empty(&awaited_at(link)->waits))
        awaited_remove(waits, link);
}

void waits_wake_all(struct waits *waits, struct name name, struct released *released)
{
    if (waits->table.nodes > 0)
        wake_name(waits, name, false, released);
}

void waits_wake_one(struct waits *waits, struct name name, struct released *released)
{
    if (waits->table.nodes > 0)
        wake_name(waits, name, true, released);
}
