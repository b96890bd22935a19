/* What the server's process and the bench itself use: time, CPU time, memory. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdint.h>

#include "tcpstore-bench/report.h"

/* User and system time of all threads of a process so far, in nanoseconds. */
uint64_t process_cpu(int pid);

/* A line of /proc/PID/status or /proc/PID/smaps_rollup in bytes: process_memory(pid,
 * "status", "VmRSS"). */
uint64_t process_memory(int pid, const char *name, const char *line);

/* Waits until the process has used almost no CPU time for a while, at most `timeout_ns`. */
void process_wait_idle(int pid, uint64_t timeout_ns);

/* CPU times, in multiples of the kernel's tick, usually 10 ms. */
struct cpu_times {
    double user_seconds;
    double system_seconds;
};

/* What was used between usage_begin and usage_end. */
struct usage {
    int server_pid; /* 0: unknown */
    uint64_t began;
    uint64_t ns;
    uint64_t own_cpu;
    uint64_t server_cpu;
    struct cpu_times server_times;
};

void usage_begin(struct usage *usage, int server_pid);
void usage_end(struct usage *usage);

/* Reports CPU shares of a core, the server's CPU time per operation unless `operations` is 0,
 * and its current memory. */
void usage_report(const struct usage *usage, double operations, struct report *report);

#endif
