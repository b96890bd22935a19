/* What the kernel knows about the server's process: CPU time and memory. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdint.h>

/* User and system time of all its threads so far, in nanoseconds. */
uint64_t process_cpu(int pid);

/* The same, apart, in the kernel's ticks of mostly 10 ms. */
struct process_split {
    double user_seconds;
    double system_seconds;
};
struct process_split process_cpu_split(int pid);

/* A line of /proc/PID/status or /proc/PID/smaps_rollup in bytes: process_memory(pid,
 * "status", "VmRSS"). */
uint64_t process_memory(int pid, const char *file, const char *line);

/* Waits until the process has used next to no CPU time for a while, at most `patience_ns`. */
void process_wait_idle(int pid, uint64_t patience_ns);

#endif
