/* Makes the next few requests of a client, about names that other clients use as well. */
#ifndef SIM_GENERATOR_H
#define SIM_GENERATOR_H

#include "sim/command.h"
#include "sim/model.h"

enum { PIPELINE_MAX = 4 /* requests */ };

struct generator {
    const struct dataset *dataset;
    const struct model *model; /* only clients that wait often cancel a wait */
    bool shrinks;              /* deletes more than it writes */
};

/* Makes up to PIPELINE_MAX commands and returns their number. The first command of a session is
 * VALIDATE or damaged. */
uint32_t generate(
    const struct generator *generator, uint32_t client, struct random *random,
    struct command *ret_commands);

#endif
