/* Goes to the answer of the current operation of a flight, or the next one that has any. */
#ifndef CLIENT_ANSWER_H
#define CLIENT_ANSWER_H

#include "client/flight.h"

void answer_begin(struct flight *flight);

#endif
