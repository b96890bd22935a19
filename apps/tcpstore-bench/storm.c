/*
 * fan-out, cancel-storm and drop-storm: one event that touches every client.
 *
 * A round is: all wait, the event, until the last reply. Rounds follow each other, with new
 * keys, until --seconds have passed. The server's CPU time of a round is known once it is
 * idle again, and only with --server-pid.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tcpstore-bench/control.h"
#include "tcpstore-bench/crowd.h"
#include "tcpstore-bench/fail.h"
#include "tcpstore-bench/rounds.h"
#include "tcpstore-bench/usage.h"

/* A round's keys; no crowd is larger. */
#define KEYS_OF_ROUND UINT64_C(1000000)

struct storm {
    struct bench *bench;
    struct crowd crowd;
    struct requests event; /* the SET, or the CANCEL_WAIT of each client */
    uint64_t keys;         /* first of those to wait for */
    uint64_t round;
    uint64_t deadline;
    uint64_t own_cpu;
    uint64_t wall;
    uint64_t server_cpu_before;
    struct rounds seconds;    /* until the last client has its reply */
    struct rounds answered;   /* until the server answers a PING that follows the event */
    struct rounds server_cpu; /* until the server is idle */
};

static struct storm *begin(struct bench *bench)
{
    struct storm *storm = allocate(1, sizeof(*storm));

    storm->bench = bench;
    storm->keys = requests_unused_keys();
    storm->deadline = clock_now() + bench_duration(bench);
    return storm;
}

static void end(struct storm *storm)
{
    struct report *report = &storm->bench->report;

    rounds_report(&storm->seconds, "seconds", "seconds_least", "seconds_most", report);
    rounds_report(
        &storm->answered, "ping_seconds", "ping_seconds_least", "ping_seconds_most", report);
    rounds_report(
        &storm->server_cpu, "server_cpu_s", "server_cpu_s_least", "server_cpu_s_most", report);
    report_count(report, "rounds", storm->round);
    report_add(
        report, "generator_cpu_percent", 100 * (double)storm->own_cpu / (double)storm->wall);
    requests_free(&storm->event);
    free(storm);
}

/* Waits until the server is idle, where that can be known. */
static void settle(struct storm *storm)
{
    int pid = storm->bench->options.server_pid;

    if (pid)
        process_wait_idle(pid, bench_patience(storm->bench));
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
    settle(storm);
    if (pid)
        rounds_add(&storm->server_cpu, process_cpu(pid) - storm->server_cpu_before);
    storm->round++;
}

static bool go_on(const struct storm *storm)
{
    return storm->round == 0 || (clock_now() < storm->deadline && storm->round < ROUNDS_MAX);
}

/* The SET leaves through control, so that no client has to be both. */
static void fan_out_once(struct storm *storm)
{
    uint64_t key = storm->keys + storm->round * KEYS_OF_ROUND;
    uint64_t began;

    crowd_wait(&storm->crowd, key, false);
    settle(storm);
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

    crowd_gather(&storm->crowd, bench);
    while (go_on(storm))
        fan_out_once(storm);
    crowd_leave(&storm->crowd);
    end(storm);
}

static void cancel_once(struct storm *storm)
{
    struct pieces cancel = requests_pieces(&storm->event, 1);
    struct loop *loop = &storm->crowd.loop;
    uint64_t began;

    crowd_wait(&storm->crowd, storm->keys + storm->round * KEYS_OF_ROUND, true);
    settle(storm);
    began = start_clock(storm);
    for (size_t i = 0; i < loop->count; i++)
        loop_send(loop, &loop->conns[i], cancel, 1);
    control_ping(storm->crowd.control);
    rounds_add(&storm->answered, clock_now() - began);
    rounds_add(&storm->seconds, crowd_collect(&storm->crowd) - began);
    stop_clock(storm, began);
}

void scenario_cancel_storm(struct bench *bench)
{
    struct storm *storm = begin(bench);

    requests_cancel_wait(&storm->event);
    crowd_gather(&storm->crowd, bench);
    while (go_on(storm))
        cancel_once(storm);
    crowd_leave(&storm->crowd);
    end(storm);
}

/* The clients vanish, so each round needs new ones. */
static void drop_once(struct storm *storm)
{
    struct loop *loop = &storm->crowd.loop;
    uint64_t began;

    crowd_gather(&storm->crowd, storm->bench);
    crowd_wait(&storm->crowd, storm->keys + storm->round * KEYS_OF_ROUND, true);
    settle(storm);
    began = start_clock(storm);
    for (size_t i = 0; i < loop->count; i++)
        loop_close(&loop->conns[i]);
    control_ping(storm->crowd.control);
    rounds_add(&storm->answered, clock_now() - began);
    stop_clock(storm, began);
    crowd_leave(&storm->crowd);
}

void scenario_drop_storm(struct bench *bench)
{
    struct storm *storm = begin(bench);

    while (go_on(storm))
        drop_once(storm);
    end(storm);
}
