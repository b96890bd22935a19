/* Log text for a refused request. */
#ifndef SERVER_REFUSAL_H
#define SERVER_REFUSAL_H

#include "engine/engine.h"
#include "server/log.h"
#include "server/memories.h"

enum {
    REASON_MAX = 160,
    REFUSAL_MAX = REASON_MAX + LOG_QUOTED_MAX + 64,
};

/* `operation=SET key="…" reason="…"`. With TCPSTORE_ENOMEM, one of `memories` has just refused;
 * otherwise they are not used. Returns `text`. */
const char *refusal_format(
    const struct refusal *refusal, const struct memories *memories, char text[REFUSAL_MAX]);

#endif
