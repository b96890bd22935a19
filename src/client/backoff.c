#include "client/backoff.h"

#include <errno.h>

#include "client/clock.h"
#include "client/random.h"

enum {
    FIRST_MS = 20,
    LONGEST_MS = 1000,
};

int32_t backoff_next(struct backoff *backoff, uint32_t random)
{
    int32_t least;

    if (backoff->ms == 0)
        backoff->ms = FIRST_MS;
    else if (backoff->ms > LONGEST_MS / 2)
        backoff->ms = LONGEST_MS;
    else
        backoff->ms *= 2;
    least = backoff->ms / 2;
    return least + (int32_t)(random % (uint32_t)(least + 1));
}

void backoff_sleep(struct backoff *backoff, int64_t deadline)
{
    int64_t end = clock_in_ms(backoff_next(backoff, random_word()));
    struct timespec until = clock_timespec(end < deadline ? end : deadline);

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
}
