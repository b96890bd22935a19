/*
 * docs/PROTOCOL.md in the simplest data structures: an array of names, each with its value, its
 * queue and its waiting clients, and an array of clients. Every reply and every release of the
 * engine must equal the model's. It shares no code with src/store and src/engine, which it
 * checks.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "sim/command.h"
#include "sim/listing.h"
#include "sim/model_name.h"

struct model_client {
    bool validated;
    bool counted;       /* in the barrier `names[0]` */
    bool looks;         /* at the names of a CHECK or WAIT, some in each turn */
    bool lacks;         /* CHECK: a name was missing */
    uint32_t looked_at; /* names of that command, so far */
    uint32_t missing; /* number of `names` that it still waits for, and 1 while it looks at the
                         names of a WAIT; 0: no wait */
    uint32_t count;   /* of `names` */
    uint32_t names[COMMAND_NAMES];
};

struct model {
    uint32_t name_count;
    uint32_t client_count;
    struct model_name *names;
    struct model_client *clients;
    uint64_t keys;
    struct listings listings; /* LIST_KEYS that have begun */
};

/* The effects of a command besides changes to the model. */
struct answer {
    int code;                    /* why the client is refused; 0: it is not */
    struct buffer reply;         /* includes the client's own release */
    bool lists_keys;             /* the reply is that of the client's listing */
    struct client_list released; /* other clients, in order */
};

void model_init(struct model *model, uint32_t name_count, uint32_t client_count);
void model_done(struct model *model);

/* Adds to the answer. A refused command changes nothing. */
void model_execute(
    struct model *model, uint32_t client, const struct command *command, struct answer *answer);

/* Looks at the names of a CHECK or WAIT up to the index `end`; those before have been looked at
 * in earlier turns. model_execute looks at the rest. */
void model_look(
    struct model *model, uint32_t client, const struct command *command, uint32_t end,
    struct answer *answer);

/* The client's LIST_KEYS begins: model_execute ends it. */
void model_begin_listing(struct model *model, uint32_t client);

/* Cancels the client's wait, if it has one. model_execute replies to the CANCEL_WAIT. */
void model_cancel_wait(struct model *model, uint32_t client);

/* Disconnects the client; the next client with its number is not validated. */
void model_leave(struct model *model, uint32_t client);

#endif
