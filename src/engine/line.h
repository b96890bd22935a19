/*
 * The line for requests of which only one can be in progress at a time. First come, first
 * served. Not thread-safe.
 */
#ifndef ENGINE_LINE_H
#define ENGINE_LINE_H

#include "base/list.h"

/* One session's place. All zero: it is not in the line. */
struct place {
    struct list link; /* while it waits */
    bool is_first;    /* its request may be in progress */
    bool is_called;   /* it waited, has become first, and line_call has not returned it */
};

struct line {
    struct place *first; /* NULL: nobody is in the line */
    struct list waiting; /* those after it */
};

void line_init(struct line *line);

/* Enters, unless the place is in the line already. Returns whether it is the first. */
bool line_enter(struct line *line, struct place *place);

/* The next place may become first. A place that is not in the line is fine. */
void line_leave(struct line *line, struct place *place);

/* The place that has waited and has become first since the last call. NULL: none. */
struct place *line_call(struct line *line);

#endif
