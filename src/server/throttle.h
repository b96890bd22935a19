/*
 * Limits the lines that a flow writes to the log: THROTTLE_BURST at once, then one every
 * THROTTLE_REFILL_MS. Lines beyond that are suppressed and counted. No count is lost: the
 * flow's next line reports it, or throttle_take_suppressed returns it.
 *
 * The table has a fixed size. When it is full of busy flows, all others share one. The caller
 * passes the time in ms, which never decreases.
 */
#ifndef SERVER_THROTTLE_H
#define SERVER_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    THROTTLE_BURST = 10,
    THROTTLE_REFILL_MS = 10000,
    THROTTLE_FLOWS = 256,
    THROTTLE_NETWORK_BYTES = 8,
};

/* Events of one kind, for one reason, from one network. */
struct flow_key {
    const char *event;                       /* a static string, compared as a pointer */
    const char *reason;                      /* likewise, or NULL */
    uint8_t network[THROTTLE_NETWORK_BYTES]; /* zero beyond its length */
    uint8_t network_len;                     /* in bytes; 0: no client */
};

struct flow {
    struct flow_key key;
    uint64_t full_at;       /* when it may write a whole burst again */
    uint64_t suppressed_at; /* when its last line was suppressed */
    uint64_t suppressed;    /* lines since the last one that was written */
};

/* All zero: no flows. */
struct throttle {
    struct flow
        flows[THROTTLE_FLOWS + 1]; /* the last one is shared by flows that find no free entry */
};

/* Whether the flow may write a line now. If so, the line has to report *ret_suppressed. */
bool throttle_admit(
    struct throttle *throttle, const struct flow_key *key, uint64_t now,
    uint64_t *ret_suppressed);

/* Returns and resets the count of one flow that has been quiet for THROTTLE_REFILL_MS since its
 * last suppressed line; UINT64_MAX as `now` takes every flow as quiet. Returns false if no such
 * flow is left. The shared flow's key is all zero. */
bool throttle_take_suppressed(
    struct throttle *throttle, uint64_t now, struct flow_key *ret_key,
    uint64_t *ret_suppressed);

/* When throttle_take_suppressed will next return a flow, if no more of its lines are suppressed
 * until then; UINT64_MAX if no count is left to report. */
uint64_t throttle_next_report(const struct throttle *throttle);

#endif
