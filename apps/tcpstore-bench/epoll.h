/* epoll_wait with a timeout in nanoseconds. */
#ifndef BENCH_EPOLL_H
#define BENCH_EPOLL_H

#include <stdint.h>
#include <sys/epoll.h>

/*
 * As epoll_wait: returns the number of events, or -1 with errno set. Exact if the C library
 * (glibc 2.35) and the kernel (5.11) have epoll_pwait2. Otherwise it may return 0 up to a
 * millisecond early, and does not wait at all for less than a millisecond.
 */
int epoll_wait_ns(int epoll, struct epoll_event *events, int capacity, uint64_t timeout_ns);

#endif
