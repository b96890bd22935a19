/* What can be measured: the one table of names, defaults and functions. */
#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

#include "base/span.h"
#include "tcpstore-bench/clock.h"
#include "tcpstore-bench/loop.h"
#include "tcpstore-bench/options.h"
#include "tcpstore-bench/report.h"

struct bench {
    struct options options;
    struct address address;
    struct span value; /* --value-size bytes */
    struct report report;
};

static inline uint64_t bench_patience(const struct bench *bench)
{
    return (uint64_t)bench->options.timeout_ms * NS_PER_MS;
}

static inline uint64_t bench_duration(const struct bench *bench)
{
    return (uint64_t)bench->options.duration_ms * NS_PER_MS;
}

/* X(identifier, name, clients, pipeline, keys, value size, what it does) */
#define SCENARIOS(X)                                                                          \
    X(get, "get", 64, 1, 1000, 32, "GET of a stored key")                                     \
    X(set, "set", 64, 1, 1000, 32, "SET, and a PING so that there is a reply")                \
    X(add, "add", 64, 1, 1000, 1, "ADD of 1")                                                 \
    X(check, "check", 64, 1, 1000, 32, "CHECK of a stored key")                               \
    X(ping, "ping", 64, 1, 1, 1, "PING")                                                      \
    X(set_stream, "set-stream", 1, 1, 1000, 32, "one-way SETs, --pipeline of them to a send") \
    X(multi_get, "multi-get", 8, 1, 1000, 32, "MULTI_GET of 1,000 keys")                      \
    X(multi_set, "multi-set", 8, 1, 1000, 32, "MULTI_SET of 1,000 keys, and a PING")          \
    X(large, "large", 4, 1, 4, 8 << 20, "SET of 8 MiB, and a GET of it")                      \
    X(init, "init", 1000, 1, 1, 32, "a job's start, up to the last release from its barrier") \
    X(fan_out, "fan-out", 1000, 1, 1, 32, "a SET that releases all clients from their WAIT")  \
    X(cancel_storm, "cancel-storm", 1000, 1, 1, 1, "all clients CANCEL_WAIT at once")         \
    X(drop_storm, "drop-storm", 1000, 1, 1, 1, "all clients vanish at once while they WAIT")  \
    X(trickle, "trickle", 1, 1, 100000, 1, "a WAIT of --keys in segments of 1,440 bytes")     \
    X(growth, "growth", 16, 1, 10000000, 8, "ADD, SET and GET up to that many keys")          \
    X(watchdog, "watchdog", 1000, 1, 1, 1, "each client CHECKs once a second")                \
    X(memory, "memory", 1000, 1, 1000000, 8, "bytes for an idle client, and for a key")

#define SCENARIO_HELP_LINE(id, name, clients, pipeline, keys, value, help) "\n  " name ": " help
#define SCENARIO_HELP "Scenarios:" SCENARIOS(SCENARIO_HELP_LINE)

/* The names in the table's order, NULL at the end. */
extern const char *const scenario_names[];

/* Puts the scenario's defaults where nothing was asked for. */
void scenario_settle(struct options *options);

/* Measures, and adds what it found to the report. */
void scenario_run(struct bench *bench);

/* One for each scenario; several lie in the same file. */
#define SCENARIO_FUNCTION(id, name, clients, pipeline, keys, value, help) \
    void scenario_##id(struct bench *bench);
SCENARIOS(SCENARIO_FUNCTION)
#undef SCENARIO_FUNCTION

#endif
