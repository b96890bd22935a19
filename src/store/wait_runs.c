#include "store/wait_runs.h"

enum { LISTS = sizeof(((struct wait_runs *)0)->lists) / sizeof(struct list) };

static uint64_t number_of(struct list *link)
{
    return CONTAINER_OF(link, struct wait, link)->number;
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

void wait_runs_init(struct wait_runs *runs)
{
    for (size_t i = 0; i < LISTS; i++)
        list_init(&runs->lists[i]);
}

void wait_runs_add(struct wait_runs *runs, struct list *run)
{
    size_t i = 0;

    for (; !list_is_empty(&runs->lists[i]); i++)
        merge(run, &runs->lists[i]);
    list_append_all(&runs->lists[i], run);
}

void wait_runs_merge(struct wait_runs *runs, struct list *list)
{
    struct list all;

    list_init(&all);
    for (size_t i = 0; i < LISTS; i++)
        merge(&all, &runs->lists[i]);
    merge(list, &all);
}
