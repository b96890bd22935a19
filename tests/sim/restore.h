/* Replaces the engine of a simulation by another one. */
#ifndef SIM_RESTORE_H
#define SIM_RESTORE_H

#include "sim/simulation.h"

/* Brings the simulation to rest, and restores a new engine from the image of this one, after
 * some tries with images that are damaged and without memory. */
void restore_engine(struct simulation *simulation);

#endif
