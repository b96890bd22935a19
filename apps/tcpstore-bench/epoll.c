#include "tcpstore-bench/epoll.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "common/clock.h"

/* Rounded down: a caller can wait again if it is early, but cannot correct a late return. */
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
    static bool is_missing;
    const struct timespec timeout = {
        .tv_sec = (time_t)(timeout_ns / NS_PER_SECOND),
        .tv_nsec = (long)(timeout_ns % NS_PER_SECOND)};
    int count;

    if (!is_missing) {
        count = epoll_pwait2(epoll, events, capacity, &timeout, NULL);
        if (count >= 0 || errno != ENOSYS)
            return count;
        is_missing = true;
    }
    return wait_milliseconds(epoll, events, capacity, timeout_ns);
}
#else
int epoll_wait_ns(int epoll, struct epoll_event *events, int capacity, uint64_t timeout_ns)
{
    return wait_milliseconds(epoll, events, capacity, timeout_ns);
}
#endif
