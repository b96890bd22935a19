#include "client/backoff.h"

#include <poll.h>

#include "client/monotonic.h"
#include "client/random.h"

enum {
    FIRST_MS = 20,
    LONGEST_MS = 1000,
};

int32_t backoff_next(struct backoff *backoff, uint32_t random)
{
    int32_t min;

    if (backoff->ms == 0)
        backoff->ms = FIRST_MS;
    else if (backoff->ms > LONGEST_MS / 2)
        backoff->ms = LONGEST_MS;
    else
        backoff->ms *= 2;
    min = backoff->ms / 2;
    return min + (int32_t)(random % (uint32_t)(min + 1));
}

int backoff_sleep(struct backoff *backoff, int64_t deadline, int cancel_fd)
{
    struct pollfd poll = {.fd = cancel_fd, .events = POLLIN};
    int64_t end = monotonic_in_ms(backoff_next(backoff, random_word()));
    int64_t left;

    if (end > deadline)
        end = deadline;
    while ((left = end - monotonic_now()) > 0) {
        struct timespec time = timespec_of_ns(left);

        if (ppoll(&poll, 1, &time, NULL) > 0)
            return TCPSTORE_ECANCELED;
    }
    return 0;
}
