#include "sim/shrink.h"

#include <stdlib.h>
#include <string.h>

#include "sim/allocate.h"

enum { FIRST_WINDOW = 64, WINDOW_GROWTH = 8 };

static bool fails(const struct run *failed, const uint64_t *steps, size_t count)
{
    struct run run = *failed;
    uint64_t last;

    run.steps = steps;
    run.step_count = count;
    return !run_apart(&run, RUN_IS_MUTE, &last);
}

/* What went before the last steps seldom matters: of these the fewest are taken that fail by
 * themselves. Returns how many. */
static size_t find_window(const struct run *failed, uint64_t *steps, size_t count)
{
    for (size_t window = FIRST_WINDOW; window < count; window *= WINDOW_GROWTH) {
        if (fails(failed, steps + count - window, window)) {
            memmove(steps, steps + count - window, window * sizeof(*steps));
            return window;
        }
    }
    return count;
}

/* Leaves out each chunk without which it fails. Returns how many steps are left. */
static size_t drop_chunks(
    const struct run *failed, uint64_t *steps, uint64_t *spare, size_t count, size_t chunk)
{
    for (size_t at = count; at > 0;) {
        size_t begin = at > chunk ? at - chunk : 0;

        memcpy(spare, steps, begin * sizeof(*steps));
        memcpy(spare + begin, steps + at, (count - at) * sizeof(*steps));
        if (fails(failed, spare, count - (at - begin))) {
            count -= at - begin;
            memcpy(steps, spare, count * sizeof(*steps));
        }
        at = begin;
    }
    return count;
}

void shrink(
    const struct run *failed, uint64_t last, uint64_t **ret_steps, size_t *ret_step_count)
{
    size_t count = (size_t)last + 1;
    uint64_t *steps = allocate(count, sizeof(*steps));
    uint64_t *spare = allocate(count, sizeof(*spare));
    size_t before;

    for (size_t i = 0; i < count; i++)
        steps[i] = i;
    count = find_window(failed, steps, count);
    for (size_t chunk = count / 2; chunk > 1; chunk /= 2)
        count = drop_chunks(failed, steps, spare, count, chunk);
    do {
        before = count;
        count = drop_chunks(failed, steps, spare, count, 1);
    } while (count < before);
    free(spare);
    *ret_steps = steps;
    *ret_step_count = count;
}
