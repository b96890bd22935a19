/* What clients say next: a few requests in a row, chosen so that clients meet. */
#ifndef SIM_GENERATOR_H
#define SIM_GENERATOR_H

#include "sim/command.h"
#include "sim/model.h"

enum { BURST = 4 /* the most requests in a row */ };

struct generator {
    const struct vocabulary *vocabulary;
    const struct model *model; /* to see who waits: the others seldom cancel a wait */
    bool ebbs;                 /* more is deleted than written */
};

/* Up to BURST commands of a client; the first one of a session is VALIDATE, or wrong. */
uint32_t generate(
    const struct generator *generator, uint32_t client, struct random *random,
    struct command *ret_commands);

#endif
