/* How long the clients of all stores of a server have waited for its answers. Not thread-safe.
 */
#ifndef SERVER_DURATIONS_H
#define SERVER_DURATIONS_H

#include "engine/execution.h"
#include "server/histogram.h"

enum { DURATIONS_SAMPLED = 128 };

struct durations {
    uint32_t reads_left; /* until one is measured, of DURATIONS_SAMPLED; 1: the next is */
    struct histogram turns[ENGINE_OPERATIONS]; /* from a read until the replies to its requests
                                                  are sent, by each of their operations */
    struct histogram waits;                    /* until they are released */
};

#endif
