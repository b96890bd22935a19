/* Compares the engine with the model. A difference ends the process with a message. */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "sim/simulation.h"

/* How far a session has executed its client's pipeline. */
struct outcome {
    uint32_t client;
    struct pipeline *pipeline;
    enum stop stop;
    struct effects *effects;
};

/* Copies the engine's replies and empties its outbox, into the backlog if `put_off`. */
void check_take_replies(struct simulation *simulation, bool put_off);

/* Reads up to `len` bytes of the backlog, which must be unchanged. */
void check_backlog(struct simulation *simulation, size_t len);

/* Executes in the model what the engine has executed, and compares. */
void check_outcome(struct simulation *simulation, const struct outcome *outcome);

/* A stopped session that is fed must keep the bytes and do nothing else. */
void check_kept(
    struct simulation *simulation, uint32_t client, enum stop before, enum stop stop);

/* Compares the key and the queue with that name. */
void check_name(struct simulation *simulation, uint32_t name);

/* Compares the whole store, which no unfinished request is changing. */
void check_store(struct simulation *simulation);

/* Fails if anything is still allocated. */
void check_memory(struct simulation *simulation);

__attribute__((format(printf, 3, 4))) _Noreturn void complain(
    const struct simulation *simulation, uint32_t client, const char *format, ...);

#endif
