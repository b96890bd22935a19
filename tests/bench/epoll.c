#include "tcpstore-bench/epoll.h"

#include <errno.h>
#include <unistd.h>

#include "common/clock.h"
#include "support/test.h"

static bool old_kernel;

#ifdef HAVE_EPOLL_PWAIT2
/* The linker chooses these names. NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl*) */

int __real_epoll_pwait2(
    int epoll, struct epoll_event *events, int capacity, const struct timespec *timeout,
    const sigset_t *signals);
int __wrap_epoll_pwait2(
    int epoll, struct epoll_event *events, int capacity, const struct timespec *timeout,
    const sigset_t *signals);

int __wrap_epoll_pwait2(
    int epoll, struct epoll_event *events, int capacity, const struct timespec *timeout,
    const sigset_t *signals)
{
    if (!old_kernel)
        return __real_epoll_pwait2(epoll, events, capacity, timeout, signals);
    errno = ENOSYS;
    return -1;
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl*) */
#endif

static int new_epoll(void)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    assert_true(epoll >= 0);
    return epoll;
}

static void assert_waits(uint64_t least_ns)
{
    int epoll = new_epoll();
    uint64_t began = clock_now();
    struct epoll_event event;

    assert_int_equal(epoll_wait_ns(epoll, &event, 1, 5 * NS_PER_MS / 2), 0);
    assert_true(clock_now() - began >= least_ns);
    close(epoll);
}

static void assert_returns_an_event_immediately(void)
{
    int epoll = new_epoll();
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = 7};
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    event.data.u32 = 0;
    assert_int_equal(epoll_wait_ns(epoll, &event, 1, 60 * (uint64_t)NS_PER_SECOND), 1);
    assert_int_equal(event.data.u32, 7);
    close(ends[0]);
    close(ends[1]);
    close(epoll);
}

/* Runs first: after one ENOSYS the call is not tried again. */
static void with_epoll_pwait2_a_wait_is_exact(void **state)
{
    (void)state;
#ifdef HAVE_EPOLL_PWAIT2
    assert_waits(5 * NS_PER_MS / 2);
#else
    skip();
#endif
    assert_returns_an_event_immediately();
}

static void without_epoll_pwait2_a_wait_is_in_whole_milliseconds(void **state)
{
    (void)state;
    old_kernel = true;
    assert_waits(NS_PER_MS);
    assert_returns_an_event_immediately();
}

static void an_invalid_descriptor_is_an_error(void **state)
{
    struct epoll_event event;

    (void)state;
    errno = 0;
    assert_int_equal(epoll_wait_ns(-1, &event, 1, 0), -1);
    assert_int_equal(errno, EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_epoll_pwait2_a_wait_is_exact),
        cmocka_unit_test(without_epoll_pwait2_a_wait_is_in_whole_milliseconds),
        cmocka_unit_test(an_invalid_descriptor_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
