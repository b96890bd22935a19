/*
 * The same small operation repeated: get, set, add, check, ping, multi-get, multi-set, large,
 * and watchdog, which is CHECK at a low rate.
 *
 * All requests are made in advance, as a ring of units of equal length. A client sends
 * --pipeline units with one call, and the next ones when all have been answered. With a rate,
 * operation k is scheduled at k / rate, belongs to client k mod N, and its latency counts from
 * its scheduled time, sent or not: a stall counts for every operation that it delays.
 */
#include <stdlib.h>

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/fail.h"
#include "tcpstore-bench/progress.h"
#include "tcpstore-bench/requests.h"
#include "tcpstore-bench/scenario.h"
#include "tcpstore-bench/usage.h"
#include "tcpstore-bench/workload.h"

#define WARM_UP_MAX_NS NS_PER_SECOND

struct client {
    size_t at;           /* its next unit in the ring */
    size_t batch;        /* units in flight; 0: idle */
    size_t counted;      /* units of the batch whose reply has been counted */
    uint64_t sent;       /* when the batch was */
    uint64_t operations; /* before this batch */
};

struct steady {
    struct bench *bench;
    struct loop loop;
    struct client *clients;
    struct requests requests;
    struct pieces ring; /* of `requests` */
    size_t units;
    size_t unit_pieces;
    size_t unit_reply;
    uint64_t began;
    double interval; /* ns from one operation to the next; 0: no rate */
    uint64_t next;   /* the first operation not yet offered to its client */
    bool measuring;
    uint64_t operations;
    struct histogram latency;
};

static uint64_t scheduled_time(const struct steady *steady, uint64_t operation)
{
    return steady->began + (uint64_t)((double)operation * steady->interval);
}

/* The time of a client's j-th operation, which is number `index + j * N` of all. */
static uint64_t client_time(const struct steady *steady, const struct conn *conn, uint64_t j)
{
    return scheduled_time(steady, conn->index + j * steady->loop.count);
}

static size_t scheduled_units(
    const struct steady *steady, const struct conn *conn, const struct client *client,
    uint64_t now)
{
    size_t max = (size_t)steady->bench->options.pipeline;
    size_t count = 0;

    if (steady->interval == 0)
        return max;
    while (count < max && client_time(steady, conn, client->operations + count) <= now)
        count++;
    return count;
}

static void send_batch(struct steady *steady, struct conn *conn, uint64_t now)
{
    struct client *client = &steady->clients[conn->index];
    size_t units = scheduled_units(steady, conn, client, now);
    struct pieces batch;

    if (units > steady->units - client->at)
        units = steady->units - client->at;
    client->batch = units;
    client->counted = 0;
    client->sent = now;
    if (units == 0)
        return;
    batch = pieces_slice(
        steady->ring, client->at * steady->unit_pieces, units * steady->unit_pieces);
    client->at = (client->at + units) % steady->units;
    loop_send(conn, batch, units * steady->unit_reply);
}

static void count_units(
    struct steady *steady, const struct conn *conn, struct client *client, size_t answered,
    uint64_t now)
{
    if (steady->interval == 0) {
        histogram_add(&steady->latency, now - client->sent, answered - client->counted);
        return;
    }
    for (size_t i = client->counted; i < answered; i++)
        histogram_add(
            &steady->latency, now - client_time(steady, conn, client->operations + i), 1);
}

static void on_reply(void *context, struct conn *conn, size_t len, uint64_t now)
{
    struct steady *steady = context;
    struct client *client = &steady->clients[conn->index];
    size_t answered =
        (client->batch * steady->unit_reply - conn->reply_left) / steady->unit_reply;

    (void)len;
    if (steady->measuring && answered > client->counted) {
        count_units(steady, conn, client, answered, now);
        steady->operations += answered - client->counted;
        progress_show("operations", steady->operations, now);
    }
    client->counted = answered;
    if (conn->reply_left == 0) {
        client->operations += client->batch;
        send_batch(steady, conn, now);
    }
}

/* Wakes idle clients with operations scheduled until now; busy ones check after their batch. */
static void offer_scheduled(struct steady *steady)
{
    uint64_t now = clock_now();

    while (scheduled_time(steady, steady->next) <= now) {
        struct conn *conn = &steady->loop.conns[steady->next % steady->loop.count];

        if (steady->clients[conn->index].batch == 0)
            send_batch(steady, conn, now);
        steady->next++;
    }
}

static void run_until(struct steady *steady, uint64_t deadline)
{
    uint64_t next;

    if (steady->interval == 0) {
        loop_run(&steady->loop, deadline, on_reply, steady);
        return;
    }
    while (clock_now() < deadline) {
        offer_scheduled(steady);
        next = scheduled_time(steady, steady->next);
        loop_run(&steady->loop, next < deadline ? next : deadline, on_reply, steady);
    }
}

/* The ring has every key at least once, and whole batches. */
static void make_ring(
    struct steady *steady, const struct workload *workload, const struct options *options)
{
    size_t batch = (size_t)options->pipeline;
    size_t different = workload_units(workload, options);
    struct span value = steady->bench->value;

    steady->units = (different + batch - 1) / batch * batch;
    for (size_t i = 0; i < steady->units; i++)
        workload_add_unit(workload, i % different, value, &steady->requests);
    steady->ring = requests_pieces(&steady->requests, steady->units);
    steady->unit_pieces = steady->ring.count / steady->units;
    steady->unit_reply = workload_reply_size(workload, options);
}

static void start_clients(struct steady *steady)
{
    size_t batch = (size_t)steady->bench->options.pipeline;
    size_t batches = steady->units / batch;

    steady->began = clock_now();
    if (steady->bench->options.rate)
        steady->interval = (double)NS_PER_SECOND / steady->bench->options.rate;
    for (size_t i = 0; i < steady->loop.count; i++) {
        steady->clients[i].at = i * batches / steady->loop.count * batch;
        if (steady->interval == 0)
            send_batch(steady, &steady->loop.conns[i], steady->began);
    }
}

static void measure(struct steady *steady)
{
    struct bench *bench = steady->bench;
    uint64_t duration = bench_duration_ns(bench);
    uint64_t warm_up = duration / 4 < WARM_UP_MAX_NS ? duration / 4 : WARM_UP_MAX_NS;
    struct usage usage;

    start_clients(steady);
    run_until(steady, clock_now() + warm_up);
    steady->measuring = true;
    usage_begin(&usage, bench->options.server_pid);
    run_until(steady, usage.began + duration);
    usage_end(&usage);

    report_add(&bench->report, "seconds", seconds_of(usage.ns));
    report_count(&bench->report, "operations", steady->operations);
    report_add(
        &bench->report, "ops_per_second", (double)steady->operations / seconds_of(usage.ns));
    report_latency(&bench->report, &steady->latency);
    usage_report(&usage, (double)steady->operations, &bench->report);
}

static void run_steady(struct bench *bench, const struct workload *workload)
{
    struct steady *steady = allocate(1, sizeof(*steady));
    const struct options *options = &bench->options;

    steady->bench = bench;
    make_ring(steady, workload, options);
    if (!options->bare)
        workload_prepare(workload, bench);
    steady->clients = allocate((size_t)options->clients, sizeof(*steady->clients));
    loop_init(
        &steady->loop, &bench->address, (size_t)options->clients, bench_timeout_ns(bench));
    loop_connect_all(&steady->loop);
    measure(steady);
    loop_done(&steady->loop);
    requests_free(&steady->requests);
    free(steady->clients);
    free(steady);
}

void scenario_get(struct bench *bench)
{
    run_steady(bench, &workload_get);
}

void scenario_set(struct bench *bench)
{
    run_steady(bench, &workload_set);
}

void scenario_add(struct bench *bench)
{
    run_steady(bench, &workload_add);
}

void scenario_check(struct bench *bench)
{
    run_steady(bench, &workload_check);
}

void scenario_ping(struct bench *bench)
{
    run_steady(bench, &workload_ping);
}

void scenario_multi_get(struct bench *bench)
{
    run_steady(bench, &workload_multi_get);
}

void scenario_multi_set(struct bench *bench)
{
    run_steady(bench, &workload_multi_set);
}

void scenario_large(struct bench *bench)
{
    run_steady(bench, &workload_large);
}

void scenario_watchdog(struct bench *bench)
{
    if (bench->options.rate == 0)
        bench->options.rate = bench->options.clients;
    run_steady(bench, &workload_watchdog);
}
