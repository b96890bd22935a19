/* Shortens a failing run: removes steps as long as it still fails, for a minute or two. */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "sim/run.h"

/* `failed` is a run of all steps up to `last`, for which run_apart has returned `status`. The
 * caller frees *ret_steps. */
void shrink(
    const struct run *failed, int status, uint64_t last, uint64_t **ret_steps,
    size_t *ret_step_count);

#endif
