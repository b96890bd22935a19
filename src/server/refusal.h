/* Why a client's request was refused, in words for the log. */
#ifndef SERVER_REFUSAL_H
#define SERVER_REFUSAL_H

#include "engine/engine.h"
#include "server/log.h"

enum {
    REASON_MAX = 160,
    REFUSAL_MAX = REASON_MAX + LOG_QUOTED_MAX + 64,
};

/* `operation=SET key="…" reason="…"`; `memory` is what refused, if memory was. Returns
 * `text`. */
const char *refusal_format(
    const struct refusal *refusal, const struct memory *memory, char text[REFUSAL_MAX]);

#endif
