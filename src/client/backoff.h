/* How long to pause before each next try: longer each time, and never in step with others. */
#ifndef CLIENT_BACKOFF_H
#define CLIENT_BACKOFF_H

#include <stdint.h>

#include <tcpstore/error.h>

/* All zero: before the first pause. */
struct backoff {
    int32_t ms; /* the most that the last pause could be */
};

/* The next pause, in ms: from 10 to 20, from 20 to 40 … from 500 to 1000, where it stays.
 * `random` picks from the range. */
int32_t backoff_next(struct backoff *backoff, uint32_t random);

/* The same with a number of the kernel's, and slept, but not past `deadline` (clock.h).
 * TCPSTORE_ECANCELED: `cancel_fd`, unless it is -1, is readable. */
TCPSTORE_MUST_USE
int backoff_sleep(struct backoff *backoff, int64_t deadline, int cancel_fd);

#endif
