/* A run of the simulation in its own process, so that a crash is an ordinary failure. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include <stddef.h>
#include <stdint.h>

struct run {
    uint64_t seed;
    uint32_t clients;
    uint64_t operations;   /* the run ends after so many, unless `steps` is set */
    const uint64_t *steps; /* the steps to run; NULL: 0, 1, 2, … */
    size_t step_count;
};

enum run_output {
    RUN_SUMMARY, /* prints a line at the end */
    RUN_VERBOSE, /* prints every step as well */
    RUN_SILENT,  /* prints nothing, not even why it failed */
};

/* Returns 0 if the run passed, else a number that depends on the difference or crash. *ret_step
 * is the last step that was started. */
int run_apart(const struct run *run, enum run_output output, uint64_t *ret_step);

#endif
