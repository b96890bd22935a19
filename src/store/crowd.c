#include "store/crowd.h"

#include <assert.h>

#include <tcpstore/error.h>

#include "base/cold.h"
#include "store/wait_runs.h"

static void add(struct waits *waits, struct crowd *crowd, struct waiter *waiter)
{
    assert(!waiter_is_waiting(waiter));
    waiter->first.waiter = waiter;
    waiter->first.number = waits->next_number++;
    waiter->first.crowd = crowd;
    waiter->is_in_crowd = true;
    waiter->missing = 1;
    waits->count++;
    list_append(&crowd->members, &waiter->first.link);
}

COLD struct crowd *crowd_begin(
    struct waits *waits, struct waiter *waiter, struct crowd_owner *owner)
{
    struct crowd *crowd = memory_alloc(waits->table.memory, sizeof(*crowd));

    crowd_close(owner);
    owner->has_appeared = false;
    if (crowd == NULL)
        return NULL;
    *crowd = (struct crowd){.owner = owner};
    owner->crowd = crowd;
    list_init(&crowd->members);
    crowd->waiter.is_crowd = true;
    waiter_hold(&crowd->waiter);
    add(waits, crowd, waiter);
    return crowd;
}

COLD void crowd_join(struct waits *waits, struct crowd *crowd, struct waiter *waiter)
{
    assert(crowd->owner != NULL);
    add(waits, crowd, waiter);
}

void crowd_close(struct crowd_owner *owner)
{
    if (owner->crowd != NULL)
        owner->crowd->owner = NULL;
    owner->crowd = NULL;
}

static void close(struct crowd *crowd)
{
    if (crowd->owner != NULL)
        crowd_close(crowd->owner);
}

static void end(struct waits *waits, struct crowd *crowd)
{
    assert(list_is_empty(&crowd->members) && !waiter_is_waiting(&crowd->waiter));
    close(crowd);
    memory_free(waits->table.memory, crowd, sizeof(*crowd));
}

COLD struct crowd *crowd_restore(struct waits *waits)
{
    struct crowd *crowd = memory_alloc(waits->table.memory, sizeof(*crowd));

    if (crowd == NULL)
        return NULL;
    *crowd = (struct crowd){.waiter.is_crowd = true};
    list_init(&crowd->members);
    return crowd;
}

COLD void crowd_restore_member(struct waits *waits, struct crowd *crowd, struct waiter *waiter)
{
    add(waits, crowd, waiter);
}

COLD void crowd_drop(struct waits *waits, struct crowd *crowd)
{
    waiter_forget(waits, &crowd->waiter);
    end(waits, crowd);
}

COLD void crowd_end_appeared(struct waits *waits, struct crowd *crowd)
{
    if (crowd->owner != NULL)
        crowd->owner->has_appeared = true;
    end(waits, crowd);
}

static COLD void take_out(struct waits *waits, struct waiter *waiter)
{
    list_remove(&waiter->first.link);
    waiter->is_in_crowd = false;
    waits->count--;
}

COLD bool crowd_leave(struct waits *waits, struct waiter *waiter, long *steps)
{
    struct crowd *crowd = waiter->first.crowd;
    bool is_last = crowd->members.next == crowd->members.prev;

    if (is_last) {
        close(crowd);
        if (!waiter_forget_some(waits, &crowd->waiter, steps))
            return false;
    }
    take_out(waits, waiter);
    if (is_last)
        end(waits, crowd);
    return true;
}

/* Takes back the last wait of each member before `end`. */
static void take_back(struct waits *waits, struct crowd *crowd, const struct list *end)
{
    for (struct list *link = crowd->members.next; link != end; link = link->next) {
        struct waiter *member = wait_at(link)->waiter;
        struct wait_block *block = member->blocks;

        list_remove(&block->waits[--block->used].link);
        member->missing--;
        waits->count--;
    }
}

/* Appends a wait for each member to `run`, in the order of numbers. */
static COLD int spread(
    struct waits *waits, struct crowd *crowd, const struct wait *own, struct list *run,
    long *steps)
{
    for (struct list *link = crowd->members.next; link != &crowd->members; link = link->next) {
        const struct wait *membership = wait_at(link);
        struct waiter *member = membership->waiter;
        struct wait *wait = waiter_next_wait(waits, member, 0);

        if (wait == NULL) {
            take_back(waits, crowd, link);
            return TCPSTORE_ENOMEM;
        }
        --*steps;
        member->blocks->used++;
        member->missing++;
        waits->count++;
        wait->waiter = member;
        wait->awaited = own->awaited;
        wait->number = membership->number > own->number ? membership->number : own->number;
        list_append(run, &wait->link);
    }
    return 0;
}

/* The crowd misses no name any more, but each member may do so itself. */
static COLD void take_all_out(struct waits *waits, struct crowd *crowd)
{
    while (!list_is_empty(&crowd->members)) {
        struct waiter *member = wait_at(crowd->members.next)->waiter;

        take_out(waits, member);
        if (--member->missing == 0)
            waiter_reset(waits, member);
    }
}

COLD void crowd_let_go(struct waits *waits, struct crowd *crowd)
{
    if (!waiter_let_go(waits, &crowd->waiter))
        return;
    take_all_out(waits, crowd);
    crowd_end_appeared(waits, crowd);
}

/* The crowd has waited for the name, and each member does so itself. */
static COLD void give_up_name(struct waits *waits, struct crowd *crowd, struct wait *own)
{
    close(crowd);
    list_remove(&own->link);
    waits->count--;
    if (--crowd->waiter.missing > 0)
        return;
    waiter_reset(waits, &crowd->waiter);
    take_all_out(waits, crowd);
    end(waits, crowd);
}

/* Returns TCPSTORE_ENOMEM if some crowds are left. */
static COLD int spread_all(
    struct waits *waits, const struct awaited *awaited, struct wait_runs *runs, long *steps)
{
    struct list *link = awaited->waits.next;

    while (link != &awaited->waits) {
        struct wait *wait = wait_at(link);
        struct list run;

        link = link->next;
        --*steps;
        if (!wait->waiter->is_crowd)
            continue;
        list_init(&run);
        if (spread(waits, crowd_of(wait->waiter), wait, &run, steps))
            return TCPSTORE_ENOMEM;
        wait_runs_add(runs, &run);
        give_up_name(waits, crowd_of(wait->waiter), wait);
    }
    return 0;
}

static int split_off(struct waits *waits, struct awaited *awaited, long *steps)
{
    struct wait_runs runs;
    int code;

    wait_runs_init(&runs);
    code = spread_all(waits, awaited, &runs, steps);
    wait_runs_merge(&runs, &awaited->waits);
    awaited->may_have_crowds = code != 0;
    return code;
}

int crowds_split_off(struct waits *waits, struct name name, long *steps)
{
    struct table_node **found;

    if (waits->table.nodes == 0)
        return 0;
    found = table_find(&waits->table, name);
    if (*found == NULL || !awaited_at(found)->may_have_crowds)
        return 0;
    return split_off(waits, awaited_at(found), steps);
}
