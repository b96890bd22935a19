/*
 * Clients and an engine, without sockets, and the model that knows what the engine must answer.
 *
 * A run is a sequence of steps. In each a client, chosen by chance, connects, is lost, has some
 * more of its bytes arrive, or goes on with what it has left undone; all else follows from the
 * seed and the step's number.
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
    uint32_t defer;     /* which of the next requests is answered later, from 1; 0: none */
    uint64_t answer_at; /* step in which the pending request is answered; 0: none is pending */
    bool withdrawn;     /* the pending request is refused instead of answered */
    bool connected;
};

/* How often the things happened that make a run worth its time. */
struct tally {
    uint64_t operations;    /* that the engine has executed or refused */
    uint64_t released;      /* waits, by somebody else's request */
    uint64_t self_released; /* by the client's own */
    uint64_t cancelled;     /* waits, by CANCEL_WAIT or because the client was lost */
    uint64_t cut;           /* pipelines that arrived in pieces */
    uint64_t lost;          /* connections */
    uint64_t wrong;         /* commands that were refused for what they were */
    uint64_t pending;       /* stops at a request whose answer comes later */
    uint64_t withdrawn;     /* such requests that were refused instead */
};

struct simulation {
    uint64_t seed;
    uint64_t step;
    bool tells; /* what happens in each step, on stdout */
    uint32_t client_count;
    struct client *clients;
    struct dataset dataset;
    struct generator generator;
    struct pipeline_pool pipelines;
    struct allocator allocator;
    struct memory memory;
    struct engine engine;
    struct outbox outbox;
    struct backlog backlog; /* replies that were put off */
    struct model model;
    struct answer answer;
    struct buffer replies; /* of the engine, to be compared with the answer */
    struct tally tally;
    uint64_t checksum; /* of all that clients were told */
};

void simulation_init(
    struct simulation *simulation, uint64_t seed, uint32_t client_count, bool tells);

/* Whatever differs ends the process with a message. */
void simulation_step(struct simulation *simulation, uint64_t step);

/* Compares all of the store, has everybody leave, compares again, and frees everything. */
void simulation_done(struct simulation *simulation);

#endif
