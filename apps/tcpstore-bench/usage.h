/* Time, and the CPU time of the server and of the bench itself, over a stretch of it. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdint.h>

#include "tcpstore-bench/process.h"
#include "tcpstore-bench/report.h"

struct usage {
    int server_pid; /* 0: unknown */
    uint64_t began;
    uint64_t ns; /* from begin to end */
    uint64_t own_cpu;
    uint64_t server_cpu;
    struct process_split server_split;
};

void usage_begin(struct usage *usage, int server_pid);
void usage_end(struct usage *usage);

/* Shares of a core, the server's time per operation if there were any, and its memory now. */
void usage_report(const struct usage *usage, double operations, struct report *report);

#endif
