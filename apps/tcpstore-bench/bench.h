/* One run of the program: what a scenario works with. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/span.h"
#include "common/clock.h"
#include "tcpstore-bench/loop.h"
#include "tcpstore-bench/options.h"
#include "tcpstore-bench/report.h"

struct bench {
    struct options options;
    struct address address;
    struct span value; /* --value-size bytes */
    struct report report;
};

static inline uint64_t bench_timeout_ns(const struct bench *bench)
{
    return (uint64_t)bench->options.timeout_ms * NS_PER_MS;
}

static inline uint64_t bench_duration_ns(const struct bench *bench)
{
    return (uint64_t)bench->options.duration_ms * NS_PER_MS;
}

#endif
