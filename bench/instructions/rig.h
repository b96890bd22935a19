/* An engine without sockets, so that its instructions can be counted. Any failure ends the
 * program. */
#ifndef INSTRUCTIONS_RIG_H
#define INSTRUCTIONS_RIG_H

#include "engine/engine.h"
#include "record/record.h"

enum { RIG_KEY_SIZE = 32, RIG_REQUEST_MAX = 128, RIG_RECORD_SIZE = 1 << 20 };

struct rig {
    struct memory memory;
    struct engine engine;
    struct record record; /* as by default in the server */
    struct outbox replies;
    struct effects effects; /* kept from one call to the next, as by the server */
};

void rig_start(struct rig *rig);

/* Every session must have left. */
void rig_stop(struct rig *rig);

/* A session, with its VALIDATE. */
void rig_enter(struct rig *rig, struct session *session);

void rig_leave(struct rig *rig, struct session *session);

/* Feeds `bytes` to the session, as the server does after a read, takes the releases, and drops
 * the replies. */
void rig_receive(struct rig *rig, struct session *session, struct span bytes);

/* The `index`th key: all have RIG_KEY_SIZE bytes. */
struct span rig_key(size_t index, char name[RIG_KEY_SIZE + 1]);

void *rig_allocate(size_t count, size_t size);

_Noreturn void rig_fail(const char *what);

#endif
