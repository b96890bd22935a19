/* Checks the record of all requests: it must be readable, in order, and without values. */
#ifndef SIM_RECORD_CHECK_H
#define SIM_RECORD_CHECK_H

#include "sim/simulation.h"

void record_check(struct simulation *simulation);

#endif
