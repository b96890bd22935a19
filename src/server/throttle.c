#include "server/throttle.h"

#include <string.h>

static bool is_same(const struct flow_key *a, const struct flow_key *b)
{
    return a->event == b->event && a->reason == b->reason && a->network_len == b->network_len &&
           memcmp(a->network, b->network, sizeof(a->network)) == 0;
}

/* An idle flow has no state worth keeping. */
static bool is_idle(const struct flow *flow, uint64_t now)
{
    return flow->suppressed == 0 && flow->full_at <= now;
}

static struct flow *find(struct throttle *throttle, const struct flow_key *key, uint64_t now)
{
    struct flow *free_entry = NULL;

    for (size_t i = 0; i < THROTTLE_FLOWS; i++) {
        struct flow *flow = &throttle->flows[i];

        if (is_same(&flow->key, key))
            return flow;
        if (free_entry == NULL && is_idle(flow, now))
            free_entry = flow;
    }
    if (free_entry == NULL)
        return &throttle->flows[THROTTLE_FLOWS];
    *free_entry = (struct flow){.key = *key};
    return free_entry;
}

/* Takes one line from the flow's allowance. Returns false if none is left. */
static bool spend(struct flow *flow, uint64_t now)
{
    const uint64_t max = (uint64_t)THROTTLE_BURST * THROTTLE_REFILL_MS;
    uint64_t full_at = (flow->full_at > now ? flow->full_at : now) + THROTTLE_REFILL_MS;

    if (full_at - now > max)
        return false;
    flow->full_at = full_at;
    return true;
}

bool throttle_admit(
    struct throttle *throttle, const struct flow_key *key, uint64_t now,
    uint64_t *ret_suppressed)
{
    struct flow *flow = find(throttle, key, now);

    if (!spend(flow, now)) {
        flow->suppressed++;
        flow->suppressed_at = now;
        return false;
    }
    *ret_suppressed = flow->suppressed;
    flow->suppressed = 0;
    return true;
}

static bool is_quiet(const struct flow *flow, uint64_t now)
{
    return flow->suppressed > 0 && now - flow->suppressed_at >= THROTTLE_REFILL_MS;
}

bool throttle_take_suppressed(
    struct throttle *throttle, uint64_t now, struct flow_key *ret_key, uint64_t *ret_suppressed)
{
    for (size_t i = 0; i <= THROTTLE_FLOWS; i++) {
        struct flow *flow = &throttle->flows[i];

        if (!is_quiet(flow, now))
            continue;
        *ret_key = flow->key;
        *ret_suppressed = flow->suppressed;
        flow->suppressed = 0;
        return true;
    }
    return false;
}

uint64_t throttle_next_report(const struct throttle *throttle)
{
    uint64_t next = UINT64_MAX;

    for (size_t i = 0; i <= THROTTLE_FLOWS; i++) {
        const struct flow *flow = &throttle->flows[i];

        if (flow->suppressed > 0 && flow->suppressed_at + THROTTLE_REFILL_MS < next)
            next = flow->suppressed_at + THROTTLE_REFILL_MS;
    }
    return next;
}
