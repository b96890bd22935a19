/*
 * growth: what a large table costs the server.
 *
 * A unit is an ADD of one key, a SET of another and a GET of a third, sent together. There are
 * three parts. First, for --seconds, units use the first thousand keys. Then every ADD and SET
 * creates a key until there are --keys, and GETs read existing keys. Then, again for --seconds,
 * units use all keys in random order. The second part measures latency and the longest pause,
 * the first and third the cost of an operation.
 */
#include <stdlib.h>
#include <string.h>

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/fail.h"
#include "tcpstore-bench/progress.h"
#include "tcpstore-bench/requests.h"
#include "tcpstore-bench/scenario.h"
#include "tcpstore-bench/usage.h"

enum {
    FEW_KEYS = 1000,
    OPERATIONS_OF_UNIT = 3,
    SUM_REPLY = 8,
};

#define FIRST_COUNTER (UINT64_C(1) << 40)

struct growth {
    struct bench *bench;
    struct loop loop;
    struct requests *units; /* by client */
    uint64_t *sent;         /* send time, by client */
    uint64_t *made;         /* pairs of a counter and a value, by client */
    struct span value;
    uint64_t pairs; /* of all clients */
    uint64_t limit; /* of pairs */
    bool growing;
    uint64_t done; /* units */
    uint64_t random;
    struct histogram latency;
};

/* xorshift64: no pattern that a cache could predict. */
static uint64_t next_random(struct growth *growth)
{
    growth->random ^= growth->random << 13;
    growth->random ^= growth->random >> 7;
    growth->random ^= growth->random << 17;
    return growth->random;
}

/* Every client uses only the keys that it has created, so that they exist in whatever order the
 * server handles clients. */
static uint64_t own_key(const struct growth *growth, const struct conn *conn, uint64_t number)
{
    return number * growth->loop.count + conn->index;
}

static uint64_t any_key(struct growth *growth, const struct conn *conn)
{
    return own_key(growth, conn, next_random(growth) % growth->made[conn->index]);
}

static void add_unit(struct growth *growth, const struct conn *conn, struct requests *requests)
{
    if (growth->growing) {
        uint64_t key = own_key(growth, conn, growth->made[conn->index]++);

        growth->pairs++;
        requests_add(requests, FIRST_COUNTER + key, 1);
        requests_set(requests, key, growth->value);
    } else {
        requests_add(requests, FIRST_COUNTER + any_key(growth, conn), 1);
        requests_set(requests, any_key(growth, conn), growth->value);
    }
    requests_get(requests, any_key(growth, conn));
}

static void send_units(struct growth *growth, struct conn *conn, uint64_t now)
{
    struct requests *requests = &growth->units[conn->index];
    size_t batch = (size_t)growth->bench->options.pipeline;

    requests_clear(requests);
    for (size_t i = 0; i < batch; i++)
        add_unit(growth, conn, requests);
    growth->sent[conn->index] = now;
    loop_send(conn, requests_pieces(requests, 1), batch * (SUM_REPLY + 8 + growth->value.len));
}

static void on_reply(void *context, struct conn *conn, size_t len, uint64_t now)
{
    struct growth *growth = context;
    size_t batch = (size_t)growth->bench->options.pipeline;

    (void)len;
    if (conn->reply_left > 0)
        return;
    histogram_add(&growth->latency, now - growth->sent[conn->index], batch);
    growth->done += batch;
    progress_show("units", growth->done, now);
    if (growth->growing && growth->pairs >= growth->limit)
        growth->loop.stop = true;
    else
        send_units(growth, conn, now);
}

static bool is_idle(const struct growth *growth)
{
    for (size_t i = 0; i < growth->loop.count; i++) {
        if (growth->loop.conns[i].reply_left > 0)
            return false;
    }
    return true;
}

static void on_late_reply(void *context, struct conn *conn, size_t len, uint64_t now)
{
    struct growth *growth = context;

    (void)conn;
    (void)len;
    (void)now;
    growth->loop.stop = is_idle(growth);
}

/* Runs for `duration` or, if that is 0, until there are enough keys; then waits for the
 * remaining replies, so that the next part starts with idle clients. */
static void run_part(struct growth *growth, uint64_t duration, struct usage *usage)
{
    growth->done = 0;
    memset(&growth->latency, 0, sizeof(growth->latency));
    usage_begin(usage, growth->bench->options.server_pid);
    for (size_t i = 0; i < growth->loop.count; i++)
        send_units(growth, &growth->loop.conns[i], clock_now());
    loop_run(&growth->loop, duration ? usage->began + duration : 0, on_reply, growth);
    usage_end(usage);
    if (!is_idle(growth))
        loop_run(&growth->loop, 0, on_late_reply, growth);
}

static void grow_to(struct growth *growth, uint64_t keys, struct usage *usage)
{
    growth->growing = true;
    growth->limit = keys / 2;
    run_part(growth, 0, usage);
    growth->growing = false;
}

static double operations(const struct growth *growth)
{
    return (double)(growth->done * OPERATIONS_OF_UNIT);
}

/* Wall-clock and CPU time per operation, in microseconds. */
struct cost {
    double wall;
    double server_cpu; /* 0: unknown */
};

static struct cost measure_cost(struct growth *growth)
{
    struct usage usage;
    double count;

    run_part(growth, bench_duration_ns(growth->bench), &usage);
    count = operations(growth) * 1000;
    return (struct cost){(double)usage.ns / count, (double)usage.server_cpu / count};
}

static void report_costs(struct report *report, struct cost few, struct cost many)
{
    report_add(report, "few_keys_us_per_op", few.wall);
    report_add(report, "many_keys_us_per_op", many.wall);
    report_add(report, "many_to_few_ratio", many.wall / few.wall);
    if (few.server_cpu > 0) {
        report_add(report, "few_keys_server_cpu_us_per_op", few.server_cpu);
        report_add(report, "many_keys_server_cpu_us_per_op", many.server_cpu);
        report_add(report, "many_to_few_server_cpu_ratio", many.server_cpu / few.server_cpu);
    }
}

static void measure(struct growth *growth)
{
    struct report *report = &growth->bench->report;
    struct usage usage;
    struct cost few;

    grow_to(growth, FEW_KEYS, &usage);
    few = measure_cost(growth);
    grow_to(growth, growth->bench->options.keys, &usage);
    report_add(report, "growing_seconds", seconds_of(usage.ns));
    report_add(report, "ops_per_second", operations(growth) / seconds_of(usage.ns));
    report_latency(report, &growth->latency);
    usage_report(&usage, operations(growth), report);
    report_costs(report, few, measure_cost(growth));
}

void scenario_growth(struct bench *bench)
{
    size_t clients = (size_t)bench->options.clients;
    struct growth *growth = allocate(1, sizeof(*growth));

    growth->bench = bench;
    growth->value = bench->value;
    growth->random = 88172645463325252u;
    growth->units = allocate(clients, sizeof(*growth->units));
    growth->sent = allocate(clients, sizeof(*growth->sent));
    growth->made = allocate(clients, sizeof(*growth->made));
    loop_init(&growth->loop, &bench->address, clients, bench_timeout_ns(bench));
    loop_connect_all(&growth->loop);
    measure(growth);
    loop_done(&growth->loop);
    for (size_t i = 0; i < clients; i++)
        requests_free(&growth->units[i]);
    free(growth->units);
    free(growth->sent);
    free(growth->made);
    free(growth);
}
