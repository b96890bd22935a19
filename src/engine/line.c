#include "engine/line.h"

#include "base/container.h"

void line_init(struct line *line)
{
    line->first = NULL;
    line->served = 0;
    for (int i = 0; i < LINE_CLASSES; i++) {
        list_init(&line->classes[i].waiting);
        line->classes[i].served = 0;
    }
}

static uint8_t class_for(uint64_t size)
{
    uint8_t size_class = 0;

    while (size > 1 && size_class < LINE_CLASSES - 1) {
        size /= 2;
        size_class++;
    }
    return size_class;
}

/* A class that had nothing to do saves nothing up. */
static void catch_up(const struct line *line, struct line_class *class)
{
    if (list_is_empty(&class->waiting) && class->served < line->served)
        class->served = line->served;
}

static void make_first(struct line *line, struct place *place)
{
    struct line_class *class = &line->classes[place->size_class];

    line->served = class->served;
    class->served += UINT64_C(1) << place->size_class;
    line->first = place;
    place->is_first = true;
}

bool line_enter(struct line *line, struct place *place, uint64_t size)
{
    struct line_class *class;

    if (place->is_first || list_is_linked(&place->link))
        return place->is_first;
    place->size_class = class_for(size);
    class = &line->classes[place->size_class];
    catch_up(line, class);
    if (line->first == NULL)
        make_first(line, place);
    else
        list_append(&class->waiting, &place->link);
    return place->is_first;
}

/* The shorter one of two that were served the same. NULL: no place waits. */
static struct place *least_served(const struct line *line)
{
    const struct line_class *least = NULL;

    for (int i = 0; i < LINE_CLASSES; i++) {
        const struct line_class *class = &line->classes[i];

        if (!list_is_empty(&class->waiting) && (least == NULL || class->served < least->served))
            least = class;
    }
    return least == NULL ? NULL : CONTAINER_OF(least->waiting.next, struct place, link);
}

static void call_next(struct line *line)
{
    struct place *next = least_served(line);

    line->first = NULL;
    if (next == NULL)
        return;
    list_remove(&next->link);
    make_first(line, next);
    next->is_called = true;
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
