/* The execution of one request: what its handler works with. */
#ifndef ENGINE_EXECUTION_H
#define ENGINE_EXECUTION_H

#include "engine/effects.h"
#include "engine/session.h"
#include "store/store.h"
#include "wire/reply.h"
#include "wire/request.h"

struct engine_limits {
    struct wire_limits wire;
    size_t queue_entries;  /* in one queue */
    size_t appended_bytes; /* of a value that APPEND makes; not below the wire's value_bytes */
    size_t reply_bytes;    /* of one turn: no request is begun once its replies exceed that */
    size_t room_bytes;     /* session_room: for a request that lacks at least that many */
    size_t items_at_once; /* keys of a MULTI_GET, MULTI_SET or LIST_KEYS that is done in one go;
                             more take several turns */
};

/* Only the request changes while a session executes its bytes. */
struct execution {
    struct request request;
    const struct engine_limits *limits;
    struct store *store;
    struct line *line;
    struct session *session;
    struct effects *effects;
    struct outbox *replies;    /* the effects' */
    struct released *released; /* the effects', with the session's waiter as `own` */
};

/* Executes the request of a session that has validated. Returns 0, the code of the refusal, or,
 * if the request is not done yet, STOP_TURN_OVER or STOP_PENDING: the function is called again
 * for the same request whenever the caller continues the session, be it too early. */
typedef int execute_fn(struct execution *execution);

/* If the request has ended its own client's wait: the reply to the wait, which comes before its
 * own reply. TCPSTORE_ENOMEM, TCPSTORE_EOUTPUT. */
static inline int reply_own_release(struct execution *execution)
{
    if (!execution->released->own_released)
        return 0;
    execution->released->own_released = false;
    return reply_status(execution->replies, WIRE_STOP_WAITING);
}

#endif
