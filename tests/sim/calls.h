/* Each call of the engine in a run, and what follows from it. The random numbers of the step
 * decide how many steps the call may take, and which allocation is refused. */
#ifndef SIM_CALLS_H
#define SIM_CALLS_H

#include "sim/simulation.h"

enum { TAKE_MAX = 8 /* releases sent at a time */ };

/* The engine's execute_fn: some requests are not done until a later step. */
int call_execute(struct execution *execution);

/* More bytes of the client's pipeline arrive, of a new one if it has none. */
void call_deliver(struct simulation *simulation, uint32_t client);

/* The session goes on after a turn, or after a request is pending, perhaps too early. */
void call_continue(struct simulation *simulation, uint32_t client);

/* The client's connection is lost; again, until the engine has done with its session. */
void call_leave(struct simulation *simulation, uint32_t client);

/* Sends up to `count` releases. */
void call_send_releases(struct simulation *simulation, uint32_t count);

#endif
