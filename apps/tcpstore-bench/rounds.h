/* A time that is measured a few times over: its median, least and most. */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include <stddef.h>
#include <stdint.h>

#include "tcpstore-bench/report.h"

enum { ROUNDS_MAX = 1000 };

/* All zero: empty. */
struct rounds {
    size_t count;
    uint64_t ns[ROUNDS_MAX];
};

/* What comes after ROUNDS_MAX is left out. */
void rounds_add(struct rounds *rounds, uint64_t ns);

/* In seconds, under these three names; nothing if there was none. */
void rounds_report(
    struct rounds *rounds, const char *median, const char *least, const char *most,
    struct report *report);

#endif
