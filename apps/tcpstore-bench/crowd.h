/* Waiting clients, for fan-out and the storms. */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/requests.h"

struct crowd {
    struct loop loop;
    int control;
    struct requests waits; /* all of the same length */
    size_t answered;       /* clients that have their reply */
};

/* Connects --clients clients, and one more connection, `control`. */
void crowd_connect(struct crowd *crowd, const struct bench *bench);

/* Makes all clients wait for the key `first` or, with `separate_keys`, client i for key first +
 * i. On return, the server has received every WAIT. */
void crowd_wait(struct crowd *crowd, uint64_t first, bool separate_keys);

/* Runs the loop until every client has its reply; returns the time of the last one. */
uint64_t crowd_collect(struct crowd *crowd);

void crowd_done(struct crowd *crowd);

#endif
