/*
 * Calls the engine as the server does, and counts each call.
 *
 * A client's bytes arrive in reads, its requests go on in turns, and after each call another
 * client, the bystander, has its requests executed. What a call costs is what all other clients
 * wait for.
 */
#ifndef COST_HOST_H
#define COST_HOST_H

#include <stdbool.h>

#include "counters.h"
#include "engine/engine.h"

enum {
    HOST_READ = 64 * 1024, /* the server's read buffer */
    HOST_STEPS = 4096,     /* TURN_STEPS of src/server/turns.h */
};

/* What calls have cost. */
struct tally {
    struct counters total;
    struct counters longest; /* call: each member for itself */
    size_t calls;
    size_t answered; /* bytes of replies and releases */
};

struct host {
    struct memory memory;
    struct engine engine;
    struct outbox replies;
    struct outbox unread; /* replies, which still share values */
    struct effects effects;
    struct session bystander;
    struct tally tally;
    struct span requests; /* the bystander's, in request_bytes */
    uint8_t request_bytes[256];
    uint64_t bystander_longest; /* blocks of its requests after one call */
    bool has_bystander;         /* it sends requests */
    bool refuses_buckets;       /* memory for a table's buckets is refused */
    size_t refusals;            /* of buckets */
    bool keeps_replies;         /* in `unread` */
};

void host_start(struct host *host);

/* Every session but the bystander must have left. */
void host_stop(struct host *host);

/* The counts begin at 0, and the bystander to send. */
void host_reset(struct host *host);

/* A session that has validated. */
void host_enter(struct host *host, struct session *session);

/* Executes `bytes`. Returns whether the session is still there: it has left if the engine has
 * refused a request. */
bool host_send(struct host *host, struct session *session, struct span bytes);

/* The same, but the session leaves at the end, or once `turns` turns are over. */
void host_send_and_leave(
    struct host *host, struct session *session, struct span bytes, size_t turns);

void host_leave(struct host *host, struct session *session);

/* Zeroed memory; never NULL. The caller frees it. */
void *host_allocate(size_t count, size_t size);

_Noreturn void host_fail(const char *what);

#endif
