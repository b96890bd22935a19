/* What the engine keeps for one client. */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "engine/activity.h"
#include "engine/input.h"
#include "engine/line.h"
#include "store/waits.h"
#include "wire/scan.h"

/* Why a session stopped. */
enum stop {
    STOP_NEEDS_BYTES, /* every whole request is executed */
    STOP_TURN_OVER,   /* there is more to do, in the client's next turn */
    STOP_PENDING,     /* the answer to the request at the front comes later */
    STOP_REFUSED,     /* a request, or memory for its bytes: the session must leave */
};

struct unfinished;

/* Embedded in what the caller keeps for the client. */
struct session {
    struct waiter waiter;
    struct scan scan;
    struct input input;
    struct memory *memory; /* for `input`, unless the store may keep its value */
    enum stop stop;
    uint32_t number; /* of the client in the record; the caller sets it after engine_enter */
    bool validated;
    bool is_known;                 /* it has set a key, or is not early any more */
    struct place place;            /* in the engine's line */
    struct unfinished *unfinished; /* the request at the front, once it has begun */
    struct activity activity;
};

#endif
