/*
 * A budget of steps for each loop iteration, and the turns of what does not fit in it.
 *
 * A step is about the work of one look-up: see base/step.h. An iteration has
 * three phases: the turns that come first, the other turns that wait, then the sockets. Each
 * phase has a pot of steps. While it lasts, a turn may take TURN_STEPS. Once it is empty, turns
 * that wait are left to the next iteration, in order, but sockets are still served, in short
 * turns. So a request of a few steps does not wait behind long ones. Call its functions on the
 * loop's thread.
 */
#ifndef SERVER_TURNS_H
#define SERVER_TURNS_H

#include <stdbool.h>
#include <uv.h>

#include "base/list.h"

enum {
    TURN_STEPS = 4096,     /* of a turn, and in a pot: about half a millisecond */
    SHORT_TURN_STEPS = 64, /* of a turn once the pot is empty */
};

/* Embedded in what takes turns, which finds itself by CONTAINER_OF. All zero except
 * `run`: does not wait. */
struct turn {
    struct list link;
    void (*run)(struct turn *turn);
    uint64_t phase; /* of the last turn */
    long steps;     /* left of that turn */
};

struct turns {
    uv_prepare_t prepare;
    uv_idle_t idle;    /* runs while any turn waits */
    struct list first; /* these run before `waiting` */
    struct list waiting;
    uint64_t phase; /* counted from 1, so that a zero turn has had none */
    long pot;       /* steps left in this phase; less than 0 after a turn that took more */
    bool is_behind; /* turns are left over from the last iteration */
};

void turns_init(struct turns *turns, uv_loop_t *loop);

/* Calls `turn->run` once, in the next iteration or later. One that waits keeps its place. */
void turns_add(struct turns *turns, struct turn *turn);

/* The same, before all turns of turns_add. For the server's own work, of which there are few
 * kinds. */
void turns_add_first(struct turns *turns, struct turn *turn);

/* A turn that does not wait is fine. */
void turn_cancel(struct turn *turn);

/* Whether the pot of this phase is empty. */
static inline bool turns_are_short(const struct turns *turns)
{
    return turns->pot <= 0;
}

/* Begins a turn or, later in the same phase, goes on with it. Returns how many steps it may
 * take; none, if it has taken them in this phase. */
long turn_begin(struct turns *turns, struct turn *turn);

/* `left` of those steps are left: less than 0 if it took more. */
void turn_end(struct turns *turns, struct turn *turn, long left);

/* Runs no turn any more, and adds none. From now on a turn has as many steps as it takes. */
void turns_close(struct turns *turns);

#endif
