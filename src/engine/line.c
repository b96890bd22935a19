#include "engine/line.h"

#include "base/container.h"

void line_init(struct line *line)
{
    line->first = NULL;
    list_init(&line->waiting);
}

bool line_enter(struct line *line, struct place *place)
{
    if (line->first == NULL) {
        line->first = place;
        place->is_first = true;
    } else if (!place->is_first && !list_is_linked(&place->link)) {
        list_append(&line->waiting, &place->link);
    }
    return place->is_first;
}

static void call_next(struct line *line)
{
    struct place *next;

    line->first = NULL;
    if (list_is_empty(&line->waiting))
        return;
    next = CONTAINER_OF(line->waiting.next, struct place, link);
    list_remove(&next->link);
    next->is_first = true;
    next->is_called = true;
    line->first = next;
}

void line_leave(struct line *line, struct place *place)
{
    if (list_is_linked(&place->link))
        list_remove(&place->link);
    if (place->is_first)
        call_next(line);
    *place = (struct place){.is_first = false};
}

struct place *line_call(struct line *line)
{
    struct place *first = line->first;

    if (first == NULL || !first->is_called)
        return NULL;
    first->is_called = false;
    return first;
}
