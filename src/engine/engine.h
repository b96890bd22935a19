/*
 * What clients' bytes do: a session for each client, and the store behind them all.
 *
 * Bytes go in, effects come out: replies for the client itself, and the other sessions that
 * its requests have released. The engine reads no socket and no clock, and writes nowhere
 * but into its arguments, so a test can drive it with as many clients as it likes. Not
 * thread-safe.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <tcpstore/error.h>

#include "base/outbox.h"
#include "store/store.h"
#include "wire/scan.h"

struct engine_limits {
    struct wire_limits wire;
    size_t queue_entries;  /* in one queue */
    size_t appended_bytes; /* of a value that APPEND makes; not below the wire's value_bytes */
    size_t reply_bytes;    /* of one session: no request is begun with more than that
                              waiting to be written */
};

struct engine {
    struct store store;
    struct engine_limits limits;
};

/* TCPSTORE_ENOMEM. `hash_key` should be secret and random. */
int engine_init(
    struct engine *engine, struct memory *memory, const struct hash_key *hash_key,
    const struct engine_limits *limits);

/* Every session must have left. */
void engine_done(struct engine *engine);

/* One client's state, embedded in what the caller keeps for it. All zero: just connected. */
struct session {
    struct waiter waiter;
    struct scan scan;
    bool validated;
};

struct effects {
    struct outbox *replies;   /* to the session itself, in order */
    struct released released; /* others: see engine_take_released */
    struct refusal refusal;   /* why engine_receive failed */
};

void effects_init(struct effects *effects, struct outbox *replies);

/*
 * Executes the whole requests at the front of `bytes` and says how many bytes they were. The
 * rest is to be given again, at the front of what comes next. If `bytes` lie in a blob, a
 * large value may take a share of it: then the caller must not change them any more.
 *
 * Stops early, without looking at the rest, when the replies reach the limit for them.
 *
 * Fails with the code of the refusal, and then the session must leave; what came before the
 * refused request has taken effect, and its replies are there.
 */
TCPSTORE_MUST_USE
int engine_receive(
    struct engine *engine, struct session *session, struct slice bytes, struct effects *effects,
    size_t *ret_consumed);

/* Lower bound on the size of the next request, in bytes. */
static inline size_t session_needs(const struct session *session)
{
    return session->scan.need;
}

/* The next session that was released, NULL if there is none left. */
struct session *engine_take_released(struct effects *effects);

/* What a released session is told. */
TCPSTORE_MUST_USE
int engine_reply_released(struct outbox *replies);

/* The session is over, whatever it waited for. */
void engine_leave(struct engine *engine, struct session *session);

#endif
