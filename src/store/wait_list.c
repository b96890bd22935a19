#include "store/wait_list.h"

static size_t size_of(const struct wait_list *list)
{
    return 2 * list->capacity * sizeof(struct wait *);
}

static void add(struct wait_list *list, struct wait *wait)
{
    list->waits[list->count++] = wait;
}

/* A second wait of a waiter right behind its first one at the same name changes nothing, and is
 * not registered again. */
static void add_waits_of(void *context, struct table_node *node)
{
    struct wait_list *list = context;
    struct awaited *awaited = CONTAINER_OF(node, struct awaited, node);
    const struct waiter *before = NULL;

    for (struct list *link = awaited->waits.next; link != &awaited->waits; link = link->next) {
        struct wait *wait = wait_at(link);

        if (wait->waiter != before)
            add(list, wait);
        before = wait->waiter;
    }
}

int wait_list_begin(struct wait_list *ret_list, const struct waits *waits)
{
    struct wait_list list = {.memory = waits->table.memory, .capacity = waits->count};

    if (list.capacity > 0)
        list.waits = memory_alloc(list.memory, size_of(&list));
    if (list.capacity > 0 && list.waits == NULL)
        return TCPSTORE_ENOMEM;
    *ret_list = list;
    return 0;
}

void wait_list_add_member(struct wait_list *list, struct waiter *waiter)
{
    if (waiter->is_in_crowd)
        add(list, &waiter->first);
}

static bool is_membership(const struct wait *wait)
{
    return !wait->waiter->is_crowd && wait_crowd(wait) != NULL;
}

/* Whether `a`, which is listed before `b`, stays there. */
static bool may_precede(const struct wait *a, const struct wait *b)
{
    if (a->number != b->number)
        return a->number < b->number;
    if (is_membership(a) || is_membership(b))
        return is_membership(a);
    return span_compare(wait_name(a), wait_name(b)) <= 0;
}

/* Merges two sorted runs, the second of which ends at `end`. */
static void merge(struct wait *const *from, size_t middle, size_t end, struct wait **to)
{
    size_t left = 0, right = middle;

    while (left < middle || right < end) {
        bool takes_left =
            left < middle && (right == end || may_precede(from[left], from[right]));

        *to++ = takes_left ? from[left++] : from[right++];
    }
}

static void sort(struct wait_list *list)
{
    struct wait **from = list->waits, **to;

    if (list->count < 2)
        return;
    to = list->waits + list->capacity;
    for (size_t run = 1; run < list->count; run *= 2) {
        struct wait **swapped = from;

        for (size_t at = 0; at < list->count; at += 2 * run) {
            size_t left = list->count - at;

            merge(from + at, run < left ? run : left, 2 * run < left ? 2 * run : left, to + at);
        }
        from = to;
        to = swapped;
    }
    if (from != list->waits)
        memcpy(list->waits, from, list->count * sizeof(struct wait *));
}

void wait_list_finish(struct wait_list *list, const struct waits *waits)
{
    table_each(&waits->table, add_waits_of, list);
    sort(list);
}

void wait_list_done(struct wait_list *list)
{
    memory_free(list->memory, list->waits, size_of(list));
}
