/* A run of the simulation, in a process of its own, so that a crash is a failure like any
 * other. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run {
    uint64_t seed;
    uint32_t clients;
    uint64_t operations;   /* after which it ends, if no steps are given */
    const uint64_t *steps; /* the only ones to be taken; NULL: 0, 1, 2, … */
    size_t step_count;
};

enum manner {
    RUN_SUMS_UP, /* prints a line at the end */
    RUN_TELLS,   /* and what happens in every step */
    RUN_IS_MUTE, /* prints nothing, not even why it failed */
};

/* Returns whether all was right. *ret_step is the last step that was begun. */
bool run_apart(const struct run *run, enum manner manner, uint64_t *ret_step);

#endif
