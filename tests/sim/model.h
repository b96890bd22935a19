/*
 * What docs/PROTOCOL.md says, in the simplest data structures: an array of names, each with its
 * value, its queue and who waits for it, and an array of clients. Every answer and every
 * release of the engine has to be as the model's. Written apart from src/store and src/engine,
 * which it checks.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "sim/command.h"
#include "sim/crowd.h"

enum { QUEUE_ENTRIES = 4 /* the most that the engine lets into a queue */ };

struct model_name {
    bool is_key;
    struct buffer value;                  /* of the key */
    size_t length;                        /* of the queue */
    struct buffer entries[QUEUE_ENTRIES]; /* the oldest first */
    struct crowd waiting; /* the longest first; a client that waits for it twice, twice */
};

struct model_client {
    bool validated;
    bool counted;     /* in the barrier `names[0]` */
    uint32_t missing; /* of `names`, not ticked off; 0: does not wait */
    uint32_t count;   /* of `names` */
    uint32_t names[COMMAND_NAMES];
};

struct model {
    uint32_t name_count;
    uint32_t client_count;
    struct model_name *names;
    struct model_client *clients;
    uint64_t keys;
};

/* What a command does besides changing the model. */
struct answer {
    int code;              /* of the refusal, upon which the client has to leave; 0: none */
    struct buffer reply;   /* to the client itself, its own release included */
    bool lists_keys;       /* `reply` is the number of them, and they follow in any order */
    struct crowd released; /* others, in order */
};

void model_init(struct model *model, uint32_t name_count, uint32_t client_count);
void model_done(struct model *model);

/* Adds to the answer; a refused command changes nothing. */
void model_execute(
    struct model *model, uint32_t client, const struct command *command, struct answer *answer);

/* The client is gone, and the next one of its number has yet to validate. */
void model_leave(struct model *model, uint32_t client);

#endif
