/* What requests cause: replies to their own client, and the release of others. */
#ifndef ENGINE_EFFECTS_H
#define ENGINE_EFFECTS_H

#include <stdint.h>

#include "base/outbox.h"
#include "base/step.h"
#include "store/waking.h"
#include "wire/scan.h"

/*
 * Before each call the caller sets `now` and `steps`, and empties `replies`.
 *
 * For steps, see base/step.h. Each request takes one or more. The engine begins nothing with no
 * steps left, and goes below 0 by at most what is done in one go: items_at_once names,
 * bytes_at_once bytes, one value, or all waits at one name.
 */
struct effects {
    uint64_t now;             /* ms, on a clock of the caller's choice that never goes back */
    long steps;               /* that the call may take; the engine subtracts those it took */
    struct outbox *replies;   /* to the session itself, in order */
    struct released released; /* others: see engine_take_released */
    size_t left;            /* after session_feed: bytes at the end that found no memory beside
                               the replies; feed them again once these are sent */
    struct refusal refusal; /* after STOP_REFUSED: why; its key points into the request, which
                               the session or the caller holds until engine_leave */
};

/* With unlimited steps. */
void effects_init(struct effects *effects, struct outbox *replies);

#endif
