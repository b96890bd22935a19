#include "store/wait_runs.h"

enum { LISTS = sizeof(((struct wait_runs *)0)->lists) / sizeof(struct list) };

static uint64_t number_of(struct list *link)
{
    return wait_at(link)->number;
}

static void merge(struct list *to, struct list *from)
{
    struct list *at = to->next;

    while (!list_is_empty(from)) {
        struct list *link = from->next;

        while (at != to && number_of(at) < number_of(link))
            at = at->next;
        list_remove(link);
        list_append(at, link); /* before it */
    }
}

/* Whether all waits of `a` come before those of `b`, at a glance. Either may be empty. */
static bool precedes(struct list *a, struct list *b)
{
    return list_is_empty(a) || list_is_empty(b) || number_of(a->prev) < number_of(b->next);
}

/* Moves all of `from` to `to`. Most crowds came one after the other. */
static void join(struct list *to, struct list *from)
{
    if (precedes(to, from)) {
        list_append_all(to, from);
    } else if (precedes(from, to)) {
        list_append_all(from, to);
        list_append_all(to, from);
    } else {
        merge(to, from);
    }
}

void wait_runs_init(struct wait_runs *runs)
{
    for (size_t i = 0; i < LISTS; i++)
        list_init(&runs->lists[i]);
}

void wait_runs_add(struct wait_runs *runs, struct list *run)
{
    size_t i = 0;

    for (; !list_is_empty(&runs->lists[i]); i++)
        join(run, &runs->lists[i]);
    list_append_all(&runs->lists[i], run);
}

void wait_runs_merge(struct wait_runs *runs, struct list *list)
{
    struct list all;

    list_init(&all);
    for (size_t i = 0; i < LISTS; i++)
        join(&all, &runs->lists[i]);
    join(list, &all);
}
