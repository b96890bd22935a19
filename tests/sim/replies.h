/* Executes in the model what a session has executed, and compares the replies. */
#ifndef SIM_REPLIES_H
#define SIM_REPLIES_H

#include "sim/check.h"

/* How far the replies equal the model's. */
struct compared {
    size_t len;        /* bytes */
    size_t begun_with; /* bytes in front of the reply to the last request that has begun */
};

/*
 * The requests that are done, and what is done of the one at the front: a CHECK or WAIT has
 * looked at some of its names, and the model executes a MULTI_GET or MULTI_SET at its moment.
 */
struct compared compare_replies(struct simulation *simulation, const struct outcome *outcome);

/* Executes the next command in the model only, which must refuse it. Returns the code. */
int refuse_next(struct simulation *simulation, const struct outcome *outcome);

#endif
