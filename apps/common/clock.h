/* Time in nanoseconds. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_SECOND 1000000000u
#define NS_PER_MS 1000000u

static inline uint64_t clock_read(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * NS_PER_SECOND + (uint64_t)time.tv_nsec;
}

/* Changes of the system's date do not affect it. */
static inline uint64_t clock_now(void)
{
    return clock_read(CLOCK_MONOTONIC);
}

static inline double seconds_of(uint64_t ns)
{
    return (double)ns / NS_PER_SECOND;
}

#endif
