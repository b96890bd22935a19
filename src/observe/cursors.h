/*
 * Listings of keys and queues that HTTP clients page through. A few can be open at a time: a
 * new one replaces the one that was used longest ago. Call the functions on the loop's thread.
 */
#ifndef OBSERVE_CURSORS_H
#define OBSERVE_CURSORS_H

#include "engine/view.h"

enum { CURSORS_MAX = 16 };

struct cursor {
    uint64_t number; /* by which the next page is asked for; 0: it is not open */
    bool is_of_queues;
    struct keys_cursor keys;
    struct queues_cursor queues;
};

/* All zero: none is open. */
struct cursors {
    struct cursor list[CURSORS_MAX];
    uint64_t last_number;
};

/* Opens a listing if `number` is 0, else finds the one with that number. NULL: it is not open
 * any more. */
struct cursor *cursors_open(
    struct cursors *cursors, struct engine *engine, uint64_t number, bool is_of_queues);

/* The page ends: returns the number for the next one. */
uint64_t cursors_keep(struct cursors *cursors, struct cursor *cursor);

void cursors_close(struct cursor *cursor);

void cursors_done(struct cursors *cursors);

#endif
