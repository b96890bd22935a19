/* Brings a simulation to rest. */
#ifndef SIM_FINISH_H
#define SIM_FINISH_H

#include "sim/simulation.h"

/* In line behind another client's request, which is not done yet. */
static inline bool client_must_wait(const struct client *client)
{
    return client->in_line && !client->ready;
}

/* Every request that has arrived is answered, in turns of one step. Those in line are not
 * continued too early. */
void finish_requests(struct simulation *simulation);

#endif
