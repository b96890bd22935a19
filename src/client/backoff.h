/* Pauses between attempts: longer each time, with jitter so that clients do not act in step. */
#ifndef CLIENT_BACKOFF_H
#define CLIENT_BACKOFF_H

#include <stdint.h>

#include <tcpstore/error.h>

/* All zero: before the first pause. */
struct backoff {
    int32_t ms; /* upper bound of the last pause */
};

/* The next pause, in ms: from 10 to 20, from 20 to 40 … from 500 to 1000, where it stays.
 * `random` picks from the range. */
int32_t backoff_next(struct backoff *backoff, uint32_t random);

/* Sleeps for the next pause, but not past `deadline` (monotonic.h). TCPSTORE_ECANCELED:
 * `cancel_fd`, unless it is -1, is readable. */
TCPSTORE_MUST_USE
int backoff_sleep(struct backoff *backoff, int64_t deadline, int cancel_fd);

#endif
