/*
 * fan-out, cancel-storm and drop-storm: one event that affects every client.
 *
 * In a round all clients wait, then the event happens, and the round ends with the last reply.
 * Rounds are repeated with new keys until --seconds have passed. The server's CPU time for a
 * round is read once the server is idle again, and only with --server-pid.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/control.h"
#include "tcpstore-bench/crowd.h"
#include "tcpstore-bench/fail.h"
#include "tcpstore-bench/scenario.h"
#include "tcpstore-bench/usage.h"

/* No crowd is larger. */
#define KEYS_OF_ROUND UINT64_C(1000000)

enum { ROUNDS_MAX = 1000 };

/* A duration, measured once per round. All zero: empty. */
struct rounds {
    size_t count;
    uint64_t ns[ROUNDS_MAX];
};

static void rounds_add(struct rounds *rounds, uint64_t ns)
{
    if (rounds->count < ROUNDS_MAX)
        rounds->ns[rounds->count++] = ns;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* Reports seconds under these three names; nothing if there are no rounds. */
static void rounds_report(
    struct rounds *rounds, const char *median, const char *least, const char *most,
    struct report *report)
{
    if (rounds->count == 0)
        return;
    qsort(rounds->ns, rounds->count, sizeof(rounds->ns[0]), compare);
    report_add(report, median, seconds_of(rounds->ns[rounds->count / 2]));
    report_add(report, least, seconds_of(rounds->ns[0]));
    report_add(report, most, seconds_of(rounds->ns[rounds->count - 1]));
}

struct storm {
    struct bench *bench;
    struct crowd crowd;
    struct requests event; /* the SET, or each client's CANCEL_WAIT */
    uint64_t keys;         /* the first key to wait for */
    uint64_t round;
    uint64_t deadline;
    uint64_t own_cpu;
    uint64_t wall;
    uint64_t server_cpu_before;
    struct rounds seconds;    /* until the last client has its reply */
    struct rounds ping;       /* until the server answers a PING sent after the event */
    struct rounds server_cpu; /* until the server is idle */
};

static struct storm *begin(struct bench *bench)
{
    struct storm *storm = allocate(1, sizeof(*storm));

    storm->bench = bench;
    storm->keys = requests_unused_keys();
    storm->deadline = clock_now() + bench_duration_ns(bench);
    return storm;
}

static void end(struct storm *storm)
{
    struct report *report = &storm->bench->report;

    rounds_report(&storm->seconds, "seconds", "seconds_least", "seconds_most", report);
    rounds_report(
        &storm->ping, "ping_seconds", "ping_seconds_least", "ping_seconds_most", report);
    rounds_report(
        &storm->server_cpu, "server_cpu_s", "server_cpu_s_least", "server_cpu_s_most", report);
    report_count(report, "rounds", storm->round);
    report_add(
        report, "generator_cpu_percent", 100 * (double)storm->own_cpu / (double)storm->wall);
    requests_free(&storm->event);
    free(storm);
}

/* Needs --server-pid. */
static void wait_until_idle(struct storm *storm)
{
    int pid = storm->bench->options.server_pid;

    if (pid)
        process_wait_idle(pid, bench_timeout_ns(storm->bench));
}

static uint64_t start_clock(struct storm *storm)
{
    int pid = storm->bench->options.server_pid;

    if (pid)
        storm->server_cpu_before = process_cpu(pid);
    storm->own_cpu -= clock_read(CLOCK_PROCESS_CPUTIME_ID);
    return clock_now();
}

static void stop_clock(struct storm *storm, uint64_t began)
{
    int pid = storm->bench->options.server_pid;

    storm->wall += clock_now() - began;
    storm->own_cpu += clock_read(CLOCK_PROCESS_CPUTIME_ID);
    wait_until_idle(storm);
    if (pid)
        rounds_add(&storm->server_cpu, process_cpu(pid) - storm->server_cpu_before);
    storm->round++;
}

static bool has_next_round(const struct storm *storm)
{
    return storm->round == 0 || (clock_now() < storm->deadline && storm->round < ROUNDS_MAX);
}

/* The control connection sends the SET, so that all clients can wait. */
static void fan_out_once(struct storm *storm)
{
    uint64_t key = storm->keys + storm->round * KEYS_OF_ROUND;
    uint64_t began;

    crowd_wait(&storm->crowd, key, false);
    wait_until_idle(storm);
    requests_clear(&storm->event);
    requests_set(&storm->event, key, storm->bench->value);
    began = start_clock(storm);
    control_send(storm->crowd.control, requests_pieces(&storm->event, 1));
    rounds_add(&storm->seconds, crowd_collect(&storm->crowd) - began);
    stop_clock(storm, began);
}

void scenario_fan_out(struct bench *bench)
{
    struct storm *storm = begin(bench);

    crowd_connect(&storm->crowd, bench);
    while (has_next_round(storm))
        fan_out_once(storm);
    crowd_done(&storm->crowd);
    end(storm);
}

static void cancel_once(struct storm *storm)
{
    struct pieces cancel = requests_pieces(&storm->event, 1);
    struct loop *loop = &storm->crowd.loop;
    uint64_t began;

    crowd_wait(&storm->crowd, storm->keys + storm->round * KEYS_OF_ROUND, true);
    wait_until_idle(storm);
    began = start_clock(storm);
    for (size_t i = 0; i < loop->count; i++)
        loop_send(&loop->conns[i], cancel, 1);
    control_ping(storm->crowd.control);
    rounds_add(&storm->ping, clock_now() - began);
    rounds_add(&storm->seconds, crowd_collect(&storm->crowd) - began);
    stop_clock(storm, began);
}

void scenario_cancel_storm(struct bench *bench)
{
    struct storm *storm = begin(bench);

    requests_cancel_wait(&storm->event);
    crowd_connect(&storm->crowd, bench);
    while (has_next_round(storm))
        cancel_once(storm);
    crowd_done(&storm->crowd);
    end(storm);
}

/* Each round needs new clients. */
static void drop_once(struct storm *storm)
{
    struct loop *loop = &storm->crowd.loop;
    uint64_t began;

    crowd_connect(&storm->crowd, storm->bench);
    crowd_wait(&storm->crowd, storm->keys + storm->round * KEYS_OF_ROUND, true);
    wait_until_idle(storm);
    began = start_clock(storm);
    for (size_t i = 0; i < loop->count; i++)
        loop_close(&loop->conns[i]);
    control_ping(storm->crowd.control);
    rounds_add(&storm->ping, clock_now() - began);
    stop_clock(storm, began);
    crowd_done(&storm->crowd);
}

void scenario_drop_storm(struct bench *bench)
{
    struct storm *storm = begin(bench);

    while (has_next_round(storm))
        drop_once(storm);
    end(storm);
}
