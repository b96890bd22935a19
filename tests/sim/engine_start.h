/* Starts the engine of a simulation. */
#ifndef SIM_ENGINE_START_H
#define SIM_ENGINE_START_H

#include "sim/simulation.h"

enum { ENGINE_VARIANTS = 4 /* the seed chooses one */ };

void engine_start(struct simulation *simulation);

#endif
