/* Time in ns, on the clock that no change of the date moves. */
#ifndef CLIENT_CLOCK_H
#define CLIENT_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_MS INT64_C(1000000)
#define CLOCK_S INT64_C(1000000000)

static inline int64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * CLOCK_S + now.tv_nsec;
}

static inline int64_t clock_in_ms(int32_t ms)
{
    return clock_now() + ms * CLOCK_MS;
}

static inline struct timespec clock_timespec(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / CLOCK_S, .tv_nsec = ns % CLOCK_S};
}

#endif
