/* What an observer may read of the engine and its sessions. Changes nothing. Not thread-safe.
 */
#ifndef ENGINE_VIEW_H
#define ENGINE_VIEW_H

#include "engine/engine.h"

/* What a session waits for. The spans are valid until any session's next call. */
struct view {
    struct span awaited;    /* the first name that is missing; NULL: it does not wait */
    uint64_t awaited_count; /* names that are missing */
    uint32_t barrier_size;  /* of its BARRIER; 0: it waits in none */
};

struct view view_session(const struct engine *engine, const struct session *session);

/* Whether the key exists. */
bool view_has(const struct engine *engine, struct span key);

/* The key's value, valid until any session's next call. Empty: it is missing. */
struct span view_value(const struct engine *engine, struct span key);

#endif
