/* What was measured: named numbers in order, printed as a table or as JSON. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcpstore-bench/histogram.h"

enum { REPORT_MAX = 64 };

struct figure {
    const char *name;
    double value;
    bool is_count; /* an integer in JSON */
};

/* All zero: empty. */
struct report {
    size_t count;
    struct figure figures[REPORT_MAX];
};

/* `name` is static, a plain identifier, and ends in the unit. */
void report_add(struct report *report, const char *name, double value);

/* Likewise, for what is a whole number in every run; up to 2^53. */
void report_count(struct report *report, const char *name, uint64_t count);

/* Mean, quantiles up to p99.99 and maximum, in microseconds; nothing if it is empty. */
void report_latency(struct report *report, const struct histogram *nanoseconds);

/* To stdout. */
void report_print(const struct report *report, const char *scenario, bool json);

#endif
