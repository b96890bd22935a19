/*
 * Compares the engine's releases with the model's.
 *
 * The engine releases the same clients in the same call and order, except clients that waited
 * for a key of a MULTI_SET that takes turns: they may be late, until its keys have settled. The
 * release is sent in the same step or in a later one.
 */
#ifndef SIM_RELEASES_H
#define SIM_RELEASES_H

#include "sim/simulation.h"

/* The model is about to execute a MULTI_SET that may take turns. */
void releases_begin_moment(struct simulation *simulation, const struct command *command);

/* The model has executed a command: its answer has the released clients. */
void releases_expect(struct simulation *simulation);

/* Whether the engine may release the client later than the model. */
bool releases_may_be_late(const struct simulation *simulation, uint32_t client);

/* The model has released such a client by its own request. */
void releases_expect_late(struct simulation *simulation, uint32_t client);

/* The engine has released the client itself, and replies to that. */
void releases_end_late(struct simulation *simulation, uint32_t client);

/* The engine was called: compares the new releases. */
void releases_check(struct simulation *simulation);

/* The next client to which STOP_WAITING must be sent. Returns whether there is one. */
bool releases_take(struct simulation *simulation, uint32_t *ret_client);

#endif
