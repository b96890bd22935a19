/* How often each event has happened for each reason, whether or not it was logged. The
 * table has a fixed size, more than there are kinds: others are not counted. Not thread-safe.
 */
#ifndef SERVER_EVENT_COUNTS_H
#define SERVER_EVENT_COUNTS_H

#include <stdint.h>

enum { EVENT_COUNTS_MAX = 64 };

struct event_count {
    const char *event;  /* static, as client_log_write's */
    const char *reason; /* static, or NULL */
    uint64_t count;
};

/* All zero: nothing has happened. */
struct event_counts {
    struct event_count counts[EVENT_COUNTS_MAX];
    unsigned used;
};

void event_counts_add(struct event_counts *counts, const char *event, const char *reason);

#endif
