/*
 * Clients and an engine, without sockets, and the model that knows the right replies.
 *
 * A run is a sequence of steps. In each step a random client connects, disconnects, sends some
 * more bytes, or continues its session; the seed and the step's number decide everything.
 */
#ifndef SIM_SIMULATION_H
#define SIM_SIMULATION_H

#include "engine/engine.h"
#include "sim/backlog.h"
#include "sim/pipeline.h"
#include "support/allocator.h"

struct client {
    struct session session;
    struct pipeline *pipeline; /* not all of it is executed; NULL: none */
    uint32_t defer;      /* which of the next requests is answered later, from 1; 0: none */
    uint64_t answer_at;  /* step in which a deferred request is answered; 0: none is deferred */
    bool defers_to_turn; /* the deferred request waits for a turn, and is not pending */
    bool withdrawn;      /* the pending request is refused instead of answered */
    bool connected;
};

/* Counts of the interesting events of a run. */
struct tally {
    uint64_t operations;    /* executed or refused */
    uint64_t released;      /* waits, by another client's request */
    uint64_t self_released; /* waits, by the client's own request */
    uint64_t cancelled;     /* waits, by CANCEL_WAIT or by a lost connection */
    uint64_t cut;           /* pipelines that arrived in pieces */
    uint64_t lost;          /* connections */
    uint64_t wrong;         /* damaged or invalid commands that were refused */
    uint64_t pending;       /* stops at a request that is answered later */
    uint64_t withdrawn;     /* pending requests that were refused */
};

struct simulation {
    uint64_t seed;
    uint64_t step;
    bool verbose; /* prints each step */
    uint32_t client_count;
    struct client *clients;
    struct dataset dataset;
    struct generator generator;
    struct pipeline_pool pipelines;
    struct allocator allocator;
    struct memory memory;
    struct engine engine;
    struct outbox outbox;
    struct backlog backlog; /* replies that are read later */
    struct model model;
    struct answer answer;
    struct buffer replies; /* the engine's, to compare with `answer` */
    struct tally tally;
    uint64_t checksum; /* of all replies and releases */
};

void simulation_init(
    struct simulation *simulation, uint64_t seed, uint32_t client_count, bool verbose);

/* A difference from the model ends the process with a message. */
void simulation_step(struct simulation *simulation, uint64_t step);

/* Compares the whole store, disconnects all clients, compares again, and frees everything. */
void simulation_done(struct simulation *simulation);

#endif
