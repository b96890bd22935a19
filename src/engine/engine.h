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
 * A turn is over when its replies exceed the limit. TURN_OVER and PENDING are one mechanism:
 * the request at the front is not done, and is executed when the session continues. Bytes that
 * are fed before that are kept.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <tcpstore/error.h>

#include "base/outbox.h"
#include "engine/dispatch.h"
#include "engine/input.h"
#include "store/store.h"
#include "wire/scan.h"

struct engine_limits {
    struct wire_limits wire;
    size_t queue_entries;  /* in one queue */
    size_t appended_bytes; /* of a value that APPEND makes; not below the wire's value_bytes */
    size_t reply_bytes;    /* of one turn: no request is begun once its replies exceed that */
    size_t room_bytes;     /* session_room: for a request that lacks at least that many */
};

struct engine {
    struct store store;
    struct memory *memory; /* the store's */
    struct engine_limits limits;
    execute_fn *execute; /* engine_init: dispatch, which answers at once */
};

/* TCPSTORE_ENOMEM. `hash_key` should be secret and random. */
int engine_init(
    struct engine *engine, struct memory *memory, const struct hash_key *hash_key,
    const struct engine_limits *limits);

/* Every session must have left. */
void engine_done(struct engine *engine);

/* One client's state. Embedded in what the caller keeps for the client. */
struct session {
    struct waiter waiter;
    struct scan scan;
    struct input input;
    struct memory *memory; /* for `input`, unless the store may keep its value */
    enum stop stop;
    bool validated;
};

/* Before each call the caller sets `now` and `steps`, and empties `replies`. */
struct effects {
    uint64_t now;             /* ms, on a clock of the caller's choice that never goes back */
    long steps;               /* that the call may take; the engine subtracts those it took */
    struct outbox *replies;   /* to the session itself, in order */
    struct released released; /* others: see engine_take_released */
    struct refusal refusal;   /* after STOP_REFUSED: why; its key points into the request, which
                                 the session or the caller holds until engine_leave */
};

void effects_init(struct effects *effects, struct outbox *replies);

/* A client has connected. Its unexecuted bytes are held in `memory`. */
void engine_enter(struct session *session, struct memory *memory);

/*
 * Bytes have arrived: executes the requests that are whole, and keeps a copy of the rest.
 *
 * Requests before a refused one have taken effect, and effects->replies has their replies. If
 * memory for the rest is refused, the refusal is TCPSTORE_ENOMEM of the operation "receive".
 */
enum stop session_feed(
    struct engine *engine, struct session *session, struct span bytes, struct effects *effects);

/* Goes on after STOP_TURN_OVER, or after STOP_PENDING, even before the answer is known. */
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
    return session->scan.need;
}

/* The next session that was released, NULL if there is none left. */
struct session *engine_take_released(struct effects *effects);

/* The reply to a released session. */
TCPSTORE_MUST_USE
int engine_reply_released(struct outbox *replies);

/* The next session that may continue although its request was pending. NULL: none. */
struct session *engine_take_ready(struct engine *engine);

/* Whether the session must continue even if its client does not read. */
bool session_must_go_on(const struct session *session);

/* Ends the session, cancels its wait, frees its bytes, and takes it off effects->released, from
 * the first call on. Returns whether that is done; if not, call it again in a later turn. */
bool engine_leave(struct engine *engine, struct session *session, struct effects *effects);

#endif
