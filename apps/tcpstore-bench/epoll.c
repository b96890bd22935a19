#include "tcpstore-bench/epoll.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "tcpstore-bench/clock.h"

/* Rounded down: a caller that is early asks again, one that is late has missed its time. */
static int wait_milliseconds(
    int epoll, struct epoll_event *events, int capacity, uint64_t timeout_ns)
{
    uint64_t timeout_ms = timeout_ns / NS_PER_MS;

    return epoll_wait(
        epoll, events, capacity, timeout_ms > INT_MAX ? INT_MAX : (int)timeout_ms);
}

#ifdef HAVE_EPOLL_PWAIT2
int epoll_wait_ns(int epoll, struct epoll_event *events, int capacity, uint64_t timeout_ns)
{
    static bool unknown_to_the_kernel;
    const struct timespec timeout = {
        .tv_sec = (time_t)(timeout_ns / NS_PER_SECOND),
        .tv_nsec = (long)(timeout_ns % NS_PER_SECOND)};
    int count;

    if (!unknown_to_the_kernel) {
        count = epoll_pwait2(epoll, events, capacity, &timeout, NULL);
        if (count >= 0 || errno != ENOSYS)
            return count;
        unknown_to_the_kernel = true;
    }
    return wait_milliseconds(epoll, events, capacity, timeout_ns);
}
#else
int epoll_wait_ns(int epoll, struct epoll_event *events, int capacity, uint64_t timeout_ns)
{
    return wait_milliseconds(epoll, events, capacity, timeout_ns);
}
#endif
