/*
 * A recorded trace, played to an engine without sockets, in the time of the recording.
 *
 * A line of a trace is an event: milliseconds, the number of a connection, and "open", "close",
 * or "send" with bytes in hexadecimal.
 */
#ifndef HANGS_REPLAY_H
#define HANGS_REPLAY_H

#include <stdio.h>

#include "engine/engine.h"
#include "support/allocator.h"
#include "why/facts.h"

enum { REPLAY_CLIENTS = 2048 };

struct replay_client {
    struct session session;
    bool is_open;
    bool has_left;
    char peer[32];
    int64_t opened_at; /* ms */
    int64_t sent_at;
    int64_t closed_at;
};

struct replay {
    struct allocator allocator;
    struct memory memory;
    struct engine engine;
    struct outbox outbox;
    struct effects effects;
    struct replay_client clients[REPLAY_CLIENTS];
    size_t client_count;
    int64_t now; /* ms since the start of the trace */
    char *line;
    size_t line_size;
    struct facts_client known[REPLAY_CLIENTS];
};

void replay_init(struct replay *replay);
void replay_done(struct replay *replay);

/* Plays the next event of the trace. Returns false at its end. */
bool replay_next(struct replay *replay, FILE *trace);

/* What is known of the clients at `now`, which may be later than the latest event. Valid until
 * the next call. */
struct facts replay_facts(struct replay *replay, int64_t now);

#endif
