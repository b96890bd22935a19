/* A line on stderr that keeps up with the measurement, if stderr is a terminal. */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdint.h>

/* `unit` is what `done` counts. Cheap to call often. */
void progress_show(const char *unit, uint64_t done, uint64_t now);

/* Removes the line. */
void progress_end(void);

#endif
