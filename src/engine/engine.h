/*
 * Executes clients' requests: a session for each client, on one store.
 *
 * Bytes go in, effects come out: replies to the client itself, and the other sessions that its
 * requests have released. The engine reads no socket and no clock and writes only to its
 * arguments, so a test can drive it with any number of clients. Not thread-safe.
 *
 * A session owns the bytes that it has received and not yet executed. The caller feeds it
 * bytes, and goes on according to why it has stopped:
 *
 *     NEEDS_BYTES -- session_feed, or session_room and session_received --> any
 *     TURN_OVER   -- session_continue, in the client's next turn ---------> any
 *     PENDING     -- session_continue, once the answer is known ----------> any
 *     REFUSED     -- engine_leave
 *
 * A turn is over when its steps are used up or its replies exceed the limit. TURN_OVER and
 * PENDING are one mechanism: the request at the front is not done, and is executed when the
 * session continues. Bytes that are fed before that are kept.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <tcpstore/error.h>

#include "engine/execution.h"

/* `memory` holds keys and queues, and values that are being received; `waits_memory` waits.
 * TCPSTORE_ENOMEM. `hash_key` should be secret and random. */
TCPSTORE_MUST_USE
int engine_init(
    struct engine *engine, struct memory *memory, struct memory *waits_memory,
    const struct hash_key *hash_key, const struct engine_limits *limits);

/* Executes requests with another function than engine_init has set: dispatch, which answers
 * from the store. */
void engine_execute_with(struct engine *engine, execute_fn *execute);

/* Frees what was remembered of the requests of clients, which must all have left. */
void engine_rest(struct engine *engine);

/* Every session must have left. */
void engine_done(struct engine *engine);

/* A client has connected. Its unexecuted bytes are held in `memory`. */
void engine_enter(struct session *session, struct memory *memory);

/*
 * Bytes have arrived: executes the requests that are whole, and keeps a copy of the rest. If
 * there is no memory for the rest beside the replies, effects->left is its length: send the
 * replies, then feed it again.
 *
 * Requests before a refused one have taken effect, and effects->replies has their replies. If
 * memory for the rest is refused, the refusal is TCPSTORE_ENOMEM of the operation "receive".
 */
enum stop session_feed(
    struct engine *engine, struct session *session, struct span bytes, struct effects *effects);

/* Goes on after STOP_TURN_OVER, or after STOP_PENDING, even before the answer is known. A
 * session in line that gets no steps keeps its place. */
enum stop session_continue(
    struct engine *engine, struct session *session, struct effects *effects);

/* Where to receive the next bytes of a long request, without a copy, so that the store can keep
 * a large value there. `bytes` is NULL if the session has no such place: receive anywhere and
 * call session_feed. The room is valid until the next call for this session. */
struct room session_room(const struct engine *engine, struct session *session);

/* session_feed for `len` bytes that the caller has put at the front of the session's room. */
enum stop session_received(
    struct engine *engine, struct session *session, size_t len, struct effects *effects);

/* Lower bound on the size of the next request, in bytes. */
static inline size_t session_needs(const struct session *session)
{
    const struct input *input = &session->input;

    return input->follows && session->scan.need <= input->len ? input->len + 1
                                                              : session->scan.need;
}

/* The next session that was released, NULL if there is none left. The caller sends it the reply
 * of engine_reply_released, at any time: if the session executes a request before, the reply is
 * in front of that request's, and it is no longer taken here. */
struct session *engine_take_released(struct effects *effects);

/* The next session that was pending because another's request was in progress, and may continue
 * now. NULL: none. Ask after each call for any session, engine_leave included. If it continued
 * too early, its last stop may be STOP_TURN_OVER. */
struct session *engine_take_ready(struct engine *engine);

/* Whether the session is first in line. Others may wait for it, so it must continue even if its
 * client does not read. */
bool session_must_go_on(const struct session *session);

/* The reply to a released session. */
TCPSTORE_MUST_USE
int engine_reply_released(struct outbox *replies);

/* Leaves in turns: from the first call on, the session is not in effects->released and cannot
 * be released. Returns whether its wait is cancelled and its bytes are freed; if not, call it
 * again in a later turn. May release other sessions. */
bool engine_leave(struct engine *engine, struct session *session, struct effects *effects);

#endif
