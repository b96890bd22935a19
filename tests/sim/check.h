/* Compares what the engine has done with what the model says. Whatever differs ends the
 * process with a message. */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "sim/simulation.h"

/* What a session has made of its client's pipeline. */
struct outcome {
    uint32_t client;
    struct pipeline *pipeline;
    enum stop stop;
    struct effects *effects;
};

/* Copies the engine's replies and empties its outbox, into the backlog if they are put off. */
void check_take_replies(struct simulation *simulation, bool put_off);

/* Some of the backlog is read, and is as it was. */
void check_backlog(struct simulation *simulation, size_t len);

/* Has the model execute what the engine has, and compares. */
void check_outcome(struct simulation *simulation, const struct outcome *outcome);

/* A session that was fed before it continued has kept the bytes and done nothing else. */
void check_kept(
    struct simulation *simulation, uint32_t client, enum stop before, enum stop stop);

/* The store under a name is as in the model. */
void check_name(struct simulation *simulation, uint32_t name);

/* The whole store is. */
void check_store(struct simulation *simulation);

/* Nothing is allocated. */
void check_memory(struct simulation *simulation);

__attribute__((format(printf, 3, 4))) _Noreturn void complain(
    const struct simulation *simulation, uint32_t client, const char *format, ...);

#endif
