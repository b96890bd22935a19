/* The execution of one request: what its handler works with. */
#ifndef ENGINE_EXECUTION_H
#define ENGINE_EXECUTION_H

#include "engine/effects.h"
#include "engine/queries.h"
#include "engine/session.h"
#include "store/store.h"
#include "wire/opcode.h"
#include "wire/reply.h"
#include "wire/request.h"

struct engine_limits {
    struct wire_limits wire;
    size_t queue_entries;  /* in one queue */
    size_t appended_bytes; /* of a value that APPEND makes; not below the wire's value_bytes */
    size_t reply_bytes;   /* of one turn: once its replies exceed that, no request is begun, and
                             no value is added to a reply that takes turns */
    size_t room_bytes;    /* session_room: for a request that lacks at least that many */
    size_t bytes_at_once; /* in one go: of a request of more than one key, that APPEND copies
                             or adds, or that MULTI_GET or LIST_KEYS copies to its reply */
    size_t query_keys;    /* a list of at least so many keys is shared with others that ask for
                             the same; 0: none is */
    size_t query_bytes;   /* of all these lists */
    size_t items_at_once; /* keys that CHECK, WAIT, MULTI_GET, MULTI_SET or LIST_KEYS handles in
                             one go; more take turns. 1 or more; 0 means 1 */
};

enum { ENGINE_OPERATIONS = WIRE_OPCODE_COUNT };

struct execution;
struct record;

/* Executes the request of a session that has validated. Returns 0, the code of the refusal, or,
 * if the request is not done yet, STOP_TURN_OVER or STOP_PENDING: the function is called again
 * for the same request whenever the caller continues the session, even too early. */
typedef int execute_fn(struct execution *execution);

/* See engine.h. */
struct engine {
    struct store store;
    struct memory *memory; /* the store's */
    struct record *record; /* of the requests, see record/record.h; NULL: none. The owner sets
                              it after engine_init */
    struct engine_limits limits;
    execute_fn *execute; /* see engine_execute_with */
    execute_fn *begin;   /* executes a new request: `execute`, or first gate_pass while a moment
                            is in progress */
    uint64_t executed[ENGINE_OPERATIONS]; /* requests, by opcode */
    struct queries queries;
    struct line line; /* for requests that need a moment of their own */
};

/* While a session executes its bytes, only the request changes, and `begin` once. */
struct execution {
    struct request request;
    struct engine *engine;
    struct session *session;
    struct effects *effects;
    struct outbox *replies; /* the effects' */
    execute_fn *begin;      /* for the next request: the engine's, or the early session's */
    uint64_t count;         /* requests executed; here since no register is left for it */
};

/* Initializing the whole would clear its request, too. */
static inline void execution_prepare(
    struct execution *execution, struct engine *engine, struct session *session,
    struct effects *effects)
{
    execution->engine = engine;
    execution->session = session;
    execution->effects = effects;
    execution->replies = effects->replies;
    execution->count = 0;
    effects->released.own = &session->waiter;
}

/* If the request has ended its own client's wait: the reply to the wait, which comes before its
 * own reply. TCPSTORE_ENOMEM, TCPSTORE_EOUTPUT. */
static inline int reply_own_release(struct execution *execution)
{
    if (!execution->effects->released.own_released)
        return 0;
    execution->effects->released.own_released = false;
    return reply_status(execution->replies, WIRE_STOP_WAITING);
}

#endif
