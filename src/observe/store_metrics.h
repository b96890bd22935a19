/* The metrics that each store has. The first store's have no label; those of others have their
 * name, so that there are as many series as stores. */
#ifndef OBSERVE_STORE_METRICS_H
#define OBSERVE_STORE_METRICS_H

#include <stdio.h>

#include "observe/observer.h"

void store_metrics_write(FILE *out, const struct observer *observer);

#endif
