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

/* `name` is static, an identifier that ends with the unit. */
void report_add(struct report *report, const char *name, double value);

/* The same for a number that is always an integer, up to 2^53. */
void report_count(struct report *report, const char *name, uint64_t count);

/* Adds mean, quantiles up to p99.99 and maximum in microseconds; nothing for an empty
 * histogram. */
void report_latency(struct report *report, const struct histogram *nanoseconds);

/* Prints to stdout. */
void report_print(const struct report *report, const char *scenario, bool json);

#endif
