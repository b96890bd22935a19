/* The operations that steady.c repeats: their requests, the expected replies, and the keys that
 * the server must have. A unit is one such operation, including a PING where it has one. */
#ifndef BENCH_KIND_H
#define BENCH_KIND_H

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/requests.h"

struct workload;

extern const struct workload workload_get;
extern const struct workload workload_set;
extern const struct workload workload_add;
extern const struct workload workload_check;
extern const struct workload workload_ping;
extern const struct workload workload_multi_get;
extern const struct workload workload_multi_set;
extern const struct workload workload_large;
extern const struct workload workload_watchdog;

/* The number of different units for --keys. */
size_t workload_units(const struct workload *workload, const struct options *options);

/* Appends unit `index`; all units have the same length. */
void workload_add_unit(
    const struct workload *workload, size_t index, struct span value,
    struct requests *requests);

/* The bytes of all replies to a unit. */
size_t workload_reply_size(const struct workload *workload, const struct options *options);

/* Stores the keys that are read, sends the first unit, and checks its reply. */
void workload_prepare(const struct workload *workload, const struct bench *bench);

#endif
