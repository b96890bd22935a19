/* Checks the line of clients that wait for another's long request: those of one size are first
 * come, first served, and the first can go on. */
#ifndef SIM_LINE_CHECK_H
#define SIM_LINE_CHECK_H

#include "sim/simulation.h"

/* The engine is about to be called for a client. */
void line_before_call(struct simulation *simulation, const struct client *caller);

/* After a call: whether the client is in line. */
void line_set(struct simulation *simulation, struct client *client, bool in_line);

/* Notes which clients may continue. */
void line_take_ready(struct simulation *simulation);

/* If some are in line, the first one must have a reason to go on. */
void line_check(struct simulation *simulation);

#endif
