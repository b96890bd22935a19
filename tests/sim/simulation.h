/*
 * Clients and an engine, without sockets, and the model that knows the right replies.
 *
 * A run is a sequence of steps. In each step a random client connects, disconnects, sends some
 * more bytes, or continues its session; the seed and the step's number decide everything.
 */
#ifndef SIM_SIMULATION_H
#define SIM_SIMULATION_H

#include "engine/engine.h"
#include "record/record.h"
#include "sim/backlog.h"
#include "sim/pipeline.h"
#include "sim/random.h"
#include "support/allocator.h"

struct client {
    struct session session;
    struct pipeline *pipeline; /* not all of it is executed; NULL: none */
    struct buffer rest;        /* the answer to a MULTI_GET that has begun */
    size_t rest_sent;          /* bytes of it, in earlier turns */
    uint64_t listed;     /* the engine has released it, but not sent that: the number of that
                            release; 0: no */
    uint64_t late_in;    /* the last moment that set a key for which it waited */
    uint64_t answer_at;  /* step in which a deferred request is answered; 0: none is deferred */
    uint32_t defer;      /* which of the next requests is answered later, from 1; 0: none */
    bool defers_to_turn; /* the deferred request waits for a turn, and is not pending */
    bool withdrawn;      /* the pending request is refused instead of answered */
    bool connected;
    bool leaves;    /* but engine_leave is not done */
    bool has_begun; /* the model has executed the MULTI_GET or MULTI_SET at the front */
    bool late;      /* the model has released it, the engine has not yet */
    bool in_line;   /* pending until another's request is done */
    bool ready;     /* in line, but may continue */

    /* What the last call of the engine has done. */
    uint32_t executed; /* requests */
    uint32_t freed_by; /* which of them has released the client itself, from 1; 0: none */
    bool deferred;     /* the request at the front */
    bool cancels;      /* its wait, with the CANCEL_WAIT at the front, which takes turns */
    bool validates;    /* before it, the session had not validated */
};

/* What the model releases and the engine has yet to release. */
struct releases {
    struct client_list expected; /* in this call, in this order */
    uint64_t listed;             /* by the engine, so far: their numbers */
    uint64_t taken;              /* number of the last one that was taken */
    uint64_t late;               /* clients that may be released when all keys have settled */
    uint64_t moment; /* long MULTI_SETs so far; the last one may be settling if `is_open` */
    bool is_open;
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
    uint64_t turns;         /* stops inside a request of many names */
    uint64_t in_line;       /* stops before another's request is done */
    uint64_t crowded;       /* stops while the client waits in a crowd */
    uint64_t late;          /* releases after the model's */
    uint64_t slices;        /* calls of engine_leave that were not the last */
    uint64_t listings;      /* LIST_KEYS that took turns */
    uint64_t restored;      /* engines, from the images of others */
};

struct simulation {
    uint64_t seed;
    uint64_t step;
    uint64_t now;  /* of the engine's clock: it never goes back */
    bool verbose;  /* prints each step */
    bool finishes; /* each call takes one step */
    uint32_t client_count;
    struct client *clients;
    struct dataset dataset;
    struct generator generator;
    struct pipeline_pool pipelines;
    struct allocator allocator;
    struct memory memory;
    struct random random; /* of this step */
    struct engine engine;
    struct record record;
    uint8_t recorded[RECORD_MIN];
    struct outbox outbox;
    struct effects effects;
    long steps; /* that the last call could take */
    struct releases releases;
    size_t bytes_left;                        /* that session_feed has not kept */
    uint32_t in_line;                         /* clients */
    const struct client *heads[LINE_CLASSES]; /* in line, before the last call; NULL: none */
    size_t refused_before_moment;             /* allocations, before the last MULTI_GET began */
    struct backlog backlog;                   /* replies that are read later */
    struct model model;
    struct answer answer;
    struct buffer replies; /* the engine's, to compare with `answer` */
    struct tally tally;
    uint64_t checksum; /* of all replies and releases */
};

void simulation_init(
    struct simulation *simulation, uint64_t seed, uint32_t client_count, bool verbose);

static inline uint32_t client_number(
    const struct simulation *simulation, const struct client *client)
{
    return (uint32_t)(client - simulation->clients);
}

/* A difference from the model ends the process with a message. */
void simulation_step(struct simulation *simulation, uint64_t step);

/* Compares the whole store, disconnects all clients, compares again, and frees everything. */
void simulation_done(struct simulation *simulation);

#endif
