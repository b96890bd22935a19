/* Sorts waits by their numbers: collects lists that are sorted, and merges them. */
#ifndef STORE_WAIT_RUNS_H
#define STORE_WAIT_RUNS_H

#include "store/waits_layout.h"

/* Lists of about 1, 2, 4 ... times a run: like the digits of a binary counter, so that n waits
 * of c runs are passed at most n log c times. */
struct wait_runs {
    struct list lists[48];
};

void wait_runs_init(struct wait_runs *runs);

/* Takes the waits of a sorted list, which is empty then. */
void wait_runs_add(struct wait_runs *runs, struct list *run);

/* Moves all of them to `list`, which is sorted and remains so. */
void wait_runs_merge(struct wait_runs *runs, struct list *list);

#endif
