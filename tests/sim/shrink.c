#include "sim/shrink.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/allocate.h"

enum { FIRST_WINDOW = 64, WINDOW_GROWTH = 2, PATIENCE_SECONDS = 60 };

struct search {
    const struct run *failed;
    int status;      /* of a run that fails in the same way */
    time_t end;      /* no run is tried after it */
    uint64_t *steps; /* the fewest steps that failed so far */
    uint64_t *spare;
    size_t count;
};

static bool fails(const struct search *search, const uint64_t *steps, size_t count)
{
    struct run run = *search->failed;
    uint64_t last;

    if (time(NULL) > search->end)
        return false;
    run.steps = steps;
    run.step_count = count;
    return run_apart(&run, RUN_SILENT, &last) == search->status;
}

/* Early steps seldom matter: finds a window of last steps that fails without them. */
static void find_window(struct search *search)
{
    for (size_t window = FIRST_WINDOW; window < search->count; window *= WINDOW_GROWTH) {
        const uint64_t *last = search->steps + search->count - window;

        if (fails(search, last, window)) {
            memmove(search->steps, last, window * sizeof(*last));
            search->count = window;
            return;
        }
    }
}

/* Removes each chunk without which the run still fails. */
static void drop_chunks(struct search *search, size_t chunk)
{
    uint64_t *steps = search->steps;
    uint64_t *spare = search->spare;

    for (size_t end = search->count; end > 0;) {
        size_t begin = end > chunk ? end - chunk : 0;
        size_t rest = search->count - end;

        memcpy(spare, steps, begin * sizeof(*steps));
        memcpy(spare + begin, steps + end, rest * sizeof(*steps));
        if (fails(search, spare, begin + rest)) {
            search->count = begin + rest;
            memcpy(steps, spare, search->count * sizeof(*steps));
        }
        end = begin;
    }
}

void shrink(
    const struct run *failed, int status, uint64_t last, uint64_t **ret_steps,
    size_t *ret_step_count)
{
    struct search search = {
        .failed = failed,
        .status = status,
        .end = time(NULL) + PATIENCE_SECONDS,
        .count = (size_t)last + 1};
    size_t before;

    search.steps = allocate(search.count, sizeof(*search.steps));
    search.spare = allocate(search.count, sizeof(*search.spare));
    for (size_t i = 0; i < search.count; i++)
        search.steps[i] = i;
    find_window(&search);
    for (size_t chunk = search.count / 2; chunk > 1; chunk /= 2)
        drop_chunks(&search, chunk);
    do {
        before = search.count;
        drop_chunks(&search, 1);
    } while (search.count < before);
    free(search.spare);
    *ret_steps = search.steps;
    *ret_step_count = search.count;
}
