/* Clients that each wait: what fan-out and the storms begin with. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "tcpstore-bench/requests.h"
#include "tcpstore-bench/scenario.h"

struct crowd {
    struct loop loop;
    int control;
    struct requests waits; /* of equal length */
    size_t answered;       /* clients with nothing more to come */
};

/* Connects --clients clients, and one more for `control`. */
void crowd_gather(struct crowd *crowd, const struct bench *bench);

/* Makes all wait: for the key `first`, or, with `apart`, each for its own from there on. The
 * server has them all registered when this returns. */
void crowd_wait(struct crowd *crowd, uint64_t first, bool apart);

/* Runs the loop until every client has had its reply; returns when the last one came. */
uint64_t crowd_collect(struct crowd *crowd);

void crowd_leave(struct crowd *crowd);

#endif
