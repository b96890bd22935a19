/* Time in ns, on the clock that setting the date does not change. Deadlines are such times. */
#ifndef CLIENT_MONOTONIC_H
#define CLIENT_MONOTONIC_H

#include <stdint.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

static inline int64_t monotonic_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static inline int64_t monotonic_in_ms(int32_t ms)
{
    return monotonic_now() + ms * NS_PER_MS;
}

static inline struct timespec timespec_of_ns(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

#endif
