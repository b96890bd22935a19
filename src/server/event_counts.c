#include "server/event_counts.h"

#include <stddef.h>
#include <string.h>

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

uint64_t event_counts_of(const struct event_counts *counts, const char *event)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < counts->used; i++) {
        if (strcmp(counts->counts[i].event, event) == 0)
            sum += counts->counts[i].count;
    }
    return sum;
}
