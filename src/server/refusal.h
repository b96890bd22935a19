/* Log text for a refused request. */
#ifndef SERVER_REFUSAL_H
#define SERVER_REFUSAL_H

#include "engine/engine.h"
#include "server/log.h"

enum {
    REASON_MAX = 160,
    REFUSAL_MAX = REASON_MAX + LOG_QUOTED_MAX + 64,
};

/* `operation=SET key="…" reason="…"`. With TCPSTORE_ENOMEM, `memory` is the one
 * that refused; otherwise it is not used. Returns `text`. */
const char *refusal_format(
    const struct refusal *refusal, const struct memory *memory, char text[REFUSAL_MAX]);

#endif
