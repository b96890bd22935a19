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

/* Takes some of `steps` for a WAIT on many keys. */
struct view view_session(
    const struct engine *engine, const struct session *session, long *steps);

/* A listing of keys or queues that takes as many calls as its caller likes: see
 * store/keys_cursor.h and store/queues.h. Keys that a MULTI_SET is still settling may be
 * missing.
 */
void view_keys_begin(struct engine *engine, struct keys_cursor *cursor);
bool view_keys_next(
    const struct engine *engine, struct keys_cursor *cursor, struct span *ret_key,
    size_t *ret_value_bytes);
void view_keys_end(struct keys_cursor *cursor);
void view_queues_begin(struct engine *engine, struct queues_cursor *cursor);
size_t view_queues_next(
    const struct engine *engine, struct queues_cursor *cursor, struct span *ret_name);
void view_queues_end(struct queues_cursor *cursor);

/* An operation's name, and how many of its requests have been executed. `opcode` is below
 * ENGINE_OPERATIONS. */
const char *view_operation(const struct engine *engine, unsigned opcode, uint64_t *ret_count);

size_t view_key_count(const struct engine *engine);
size_t view_queue_count(const struct engine *engine);

/* Whether the key exists. */
bool view_has(const struct engine *engine, struct span key);

/* The key's value, valid until any session's next call. Empty: it is missing. */
struct span view_value(const struct engine *engine, struct span key);

#endif
