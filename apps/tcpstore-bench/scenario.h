/* The table of scenarios: names, defaults, functions. */
#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

#include <stddef.h>

struct bench;

struct scenario {
    int clients;
    int pipeline;
    size_t keys;
    size_t value_size;
    void (*run)(struct bench *bench); /* adds what it measures to the report */
};

/* X(identifier, name, clients, pipeline, keys, value size, what it does) */
#define SCENARIOS(X)                                                                         \
    X(get, "get", 64, 1, 1000, 32, "GET of a stored key")                                    \
    X(set, "set", 64, 1, 1000, 32, "SET, then a PING for a reply")                           \
    X(add, "add", 64, 1, 1000, 1, "ADD of 1")                                                \
    X(check, "check", 64, 1, 1000, 32, "CHECK of a stored key")                              \
    X(ping, "ping", 64, 1, 1, 1, "PING")                                                     \
    X(set_stream, "set-stream", 1, 1, 1000, 32, "one-way SETs, --pipeline of them per send") \
    X(multi_get, "multi-get", 8, 1, 1000, 32, "MULTI_GET of 1,000 keys")                     \
    X(multi_set, "multi-set", 8, 1, 1000, 32, "MULTI_SET of 1,000 keys, then a PING")        \
    X(large, "large", 4, 1, 4, 8 << 20, "SET of 8 MiB, then a GET of it")                    \
    X(init, "init", 1000, 1, 1, 32, "a job's start, from first connect to passed barrier")   \
    X(fan_out, "fan-out", 1000, 1, 1, 32, "a SET that releases the WAITs of all clients")    \
    X(cancel_storm, "cancel-storm", 1000, 1, 1, 1, "all clients CANCEL_WAIT at once")        \
    X(drop_storm, "drop-storm", 1000, 1, 1, 1, "all clients disconnect during a WAIT")       \
    X(trickle, "trickle", 1, 1, 100000, 1, "a WAIT for --keys in segments of 1,440 bytes")   \
    X(growth, "growth", 16, 1, 10000000, 8, "ADD, SET and GET, from few keys to --keys")     \
    X(watchdog, "watchdog", 1000, 1, 1, 1, "each client CHECKs once a second")               \
    X(memory, "memory", 1000, 1, 1000000, 8, "bytes per idle client and per key")

#define SCENARIO_HELP_LINE(id, name, clients, pipeline, keys, value, help) "\n  " name ": " help
#define SCENARIO_HELP "Scenarios:" SCENARIOS(SCENARIO_HELP_LINE)

/* In the table's order, like scenario_names. */
extern const struct scenario scenarios[];
extern const char *const scenario_names[]; /* ends with NULL */

/* Some files define several of these. */
#define SCENARIO_FUNCTION(id, name, clients, pipeline, keys, value, help) \
    void scenario_##id(struct bench *bench);
SCENARIOS(SCENARIO_FUNCTION)
#undef SCENARIO_FUNCTION

#endif
