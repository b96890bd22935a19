/*
 * How many lines a flow may write to the log: THROTTLE_BURST at once, then one each
 * THROTTLE_REFILL_MS. Lines beyond that are left out and counted, and no count is lost: the
 * flow's next line reports it, or throttle_take_ended does.
 *
 * The memory is fixed. When the table is full of busy flows, all others share one. Times are
 * the caller's, in ms, and never go back.
 */
#ifndef SERVER_THROTTLE_H
#define SERVER_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    THROTTLE_BURST = 10,
    THROTTLE_REFILL_MS = 10000,
    THROTTLE_FLOWS = 256,
    THROTTLE_NETWORK_BYTES = 8,
};

/* Events of one kind, for one reason, from one network. */
struct flow_key {
    const char *event;  /* static storage; compared as a pointer, as the next */
    const char *reason; /* static storage, or NULL */
    uint8_t network[THROTTLE_NETWORK_BYTES]; /* zero beyond its length */
    uint8_t network_len;                     /* in bytes; 0: no client's */
};

struct flow {
    struct flow_key key;
    uint64_t full_at;  /* the time from which it may write a whole burst again */
    uint64_t last;     /* when its last line was left out */
    uint64_t left_out; /* lines since one was written */
};

/* All zero: no flow. */
struct throttle {
    struct flow
        flows[THROTTLE_FLOWS + 1]; /* the last one is shared by those that find no room */
};

/* Whether the flow may write a line now; if so, it has to report *ret_left_out lines. */
bool throttle_admit(
    struct throttle *throttle, const struct flow_key *key, uint64_t now,
    uint64_t *ret_left_out);

/* Takes the count of a flow that had lines left out, the last one at least THROTTLE_REFILL_MS
 * ago; `now` UINT64_MAX ends every flow. Returns false if there is no such flow. The key of the
 * shared flow is all zero. */
bool throttle_take_ended(
    struct throttle *throttle, uint64_t now, struct flow_key *ret_key, uint64_t *ret_left_out);

/* The time from which throttle_take_ended has a flow, unless more of its lines are left out by
 * then; UINT64_MAX if no count is open. */
uint64_t throttle_next_end(const struct throttle *throttle);

#endif
