#include "observe/cursors.h"

static struct cursor *find(struct cursors *cursors, uint64_t number, bool is_of_queues)
{
    for (size_t i = 0; i < CURSORS_MAX; i++) {
        struct cursor *cursor = &cursors->list[i];

        if (cursor->number == number && cursor->is_of_queues == is_of_queues)
            return cursor;
    }
    return NULL;
}

/* One that is not open has the number 0. */
static struct cursor *oldest(struct cursors *cursors)
{
    struct cursor *oldest = cursors->list;

    for (size_t i = 1; i < CURSORS_MAX; i++) {
        if (cursors->list[i].number < oldest->number)
            oldest = &cursors->list[i];
    }
    return oldest;
}

struct cursor *cursors_open(
    struct cursors *cursors, struct engine *engine, uint64_t number, bool is_of_queues)
{
    struct cursor *cursor;

    if (number > 0)
        return find(cursors, number, is_of_queues);
    cursor = oldest(cursors);
    cursors_close(cursor);
    cursor->is_of_queues = is_of_queues;
    if (is_of_queues)
        view_queues_begin(engine, &cursor->queues);
    else
        view_keys_begin(engine, &cursor->keys);
    return cursor;
}

uint64_t cursors_keep(struct cursors *cursors, struct cursor *cursor)
{
    cursor->number = ++cursors->last_number;
    return cursor->number;
}

void cursors_close(struct cursor *cursor)
{
    view_keys_end(&cursor->keys);
    view_queues_end(&cursor->queues);
    *cursor = (struct cursor){.number = 0};
}

void cursors_done(struct cursors *cursors)
{
    for (size_t i = 0; i < CURSORS_MAX; i++)
        cursors_close(&cursors->list[i]);
}
