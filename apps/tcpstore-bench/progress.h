/* A progress line on stderr, if that is a terminal. */
#ifndef BENCH_PROGRESS_H
#define BENCH_PROGRESS_H

#include <stdint.h>

/* `unit` is what `done` counts. Cheap enough to call after every operation. */
void progress_show(const char *unit, uint64_t done, uint64_t now);

/* Removes the line. */
void progress_end(void);

#endif
