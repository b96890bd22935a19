#include "server/throttle.h"

#include <string.h>

static bool is_same(const struct flow_key *a, const struct flow_key *b)
{
    return a->event == b->event && a->reason == b->reason && a->network_len == b->network_len &&
           memcmp(a->network, b->network, sizeof(a->network)) == 0;
}

/* Forgetting it loses nothing. */
static bool is_idle(const struct flow *flow, uint64_t now)
{
    return flow->left_out == 0 && flow->full_at <= now;
}

static struct flow *find(struct throttle *throttle, const struct flow_key *key, uint64_t now)
{
    struct flow *place = NULL;

    for (size_t i = 0; i < THROTTLE_FLOWS; i++) {
        struct flow *flow = &throttle->flows[i];

        if (is_same(&flow->key, key))
            return flow;
        if (place == NULL && is_idle(flow, now))
            place = flow;
    }
    if (place == NULL)
        return &throttle->flows[THROTTLE_FLOWS];
    *place = (struct flow){.key = *key};
    return place;
}

/* Takes a line's share of the allowance, if there is one. */
static bool spend(struct flow *flow, uint64_t now)
{
    const uint64_t most = (uint64_t)THROTTLE_BURST * THROTTLE_REFILL_MS;
    uint64_t full_at = (flow->full_at > now ? flow->full_at : now) + THROTTLE_REFILL_MS;

    if (full_at - now > most)
        return false;
    flow->full_at = full_at;
    return true;
}

bool throttle_admit(
    struct throttle *throttle, const struct flow_key *key, uint64_t now, uint64_t *ret_left_out)
{
    struct flow *flow = find(throttle, key, now);

    if (!spend(flow, now)) {
        flow->left_out++;
        flow->last = now;
        return false;
    }
    *ret_left_out = flow->left_out;
    flow->left_out = 0;
    return true;
}

static bool has_ended(const struct flow *flow, uint64_t now)
{
    return flow->left_out > 0 && now - flow->last >= THROTTLE_REFILL_MS;
}

bool throttle_take_ended(
    struct throttle *throttle, uint64_t now, struct flow_key *ret_key, uint64_t *ret_left_out)
{
    for (size_t i = 0; i <= THROTTLE_FLOWS; i++) {
        struct flow *flow = &throttle->flows[i];

        if (!has_ended(flow, now))
            continue;
        *ret_key = flow->key;
        *ret_left_out = flow->left_out;
        flow->left_out = 0;
        return true;
    }
    return false;
}

uint64_t throttle_next_end(const struct throttle *throttle)
{
    uint64_t next = UINT64_MAX;

    for (size_t i = 0; i <= THROTTLE_FLOWS; i++) {
        const struct flow *flow = &throttle->flows[i];

        if (flow->left_out > 0 && flow->last + THROTTLE_REFILL_MS < next)
            next = flow->last + THROTTLE_REFILL_MS;
    }
    return next;
}
