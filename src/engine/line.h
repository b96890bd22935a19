/*
 * The line for requests of which only one can be in progress at a time.
 *
 * Requests of about the same size are in one class, and go first in, first out. The classes
 * whose requests wait get equal shares of the work, whatever one of their requests takes. So a
 * short request waits for the one in progress, but not for all long ones before it, and the
 * long ones still get their share. Not thread-safe.
 */
#ifndef ENGINE_LINE_H
#define ENGINE_LINE_H

#include <stdint.h>

#include "base/list.h"

/* Each is for sizes up to twice those of the one before; the last, for all above. */
enum { LINE_CLASSES = 20 };

/* One session's place. All zero: it is not in the line. */
struct place {
    struct list link;   /* while it waits */
    uint8_t size_class; /* of its request */
    bool is_first;      /* its request may be in progress */
    bool is_called;     /* it waited, has become first, and line_call has not returned it */
};

struct line_class {
    struct list waiting;
    uint64_t served; /* size of its requests that have become first; at least what the others
                        were served that were called while it was empty */
};

struct line {
    struct place *first; /* NULL: the line is empty */
    struct line_class classes[LINE_CLASSES];
    uint64_t served; /* of its class, before the first one was called */
};

void line_init(struct line *line);

/* Enters, unless the place is in the line already. `size` is the work that the request takes,
 * in steps. Returns whether the place is the first. */
bool line_enter(struct line *line, struct place *place, uint64_t size);

/* The next place may become first. A place that is not in the line is fine. */
void line_leave(struct line *line, struct place *place);

/* The place that has waited and has become first since the last call. NULL: none. */
struct place *line_call(struct line *line);

#endif
