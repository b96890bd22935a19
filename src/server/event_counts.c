#include "server/event_counts.h"

#include <stddef.h>

void event_counts_add(struct event_counts *counts, const char *event, const char *reason)
{
    struct event_count *count;
    unsigned i = 0;

    while (i < counts->used &&
           (counts->counts[i].event != event || counts->counts[i].reason != reason))
        i++;
    if (i == EVENT_COUNTS_MAX)
        return;
    count = &counts->counts[i];
    if (i == counts->used) {
        counts->used++;
        count->event = event;
        count->reason = reason;
    }
    count->count++;
}
