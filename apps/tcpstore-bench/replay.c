/*
 * Happy path: go through the entries in the order of the record, and have the player of each
 * one send it. A player that lacks replies delays the others for a moment, so that the order
 * of the record is mostly kept; but not for longer, since it may wait for what the record
 * lacks.
 *
 * Ways to fail: no server; the time is over.
 */
#include "tcpstore-bench/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/control.h"
#include "tcpstore-bench/epoll.h"
#include "tcpstore-bench/fail.h"
#include "tcpstore-bench/progress.h"
#include "tcpstore-bench/replay_player.h"
#include "tcpstore-bench/usage.h"

enum { EVENTS_MAX = 256 };

#define GRACE_NS (20 * (uint64_t)NS_PER_MS)      /* for a player, before others overtake it */
#define END_GRACE_NS (500 * (uint64_t)NS_PER_MS) /* for the last waits to end */

struct replay {
    struct bench *bench;
    struct replay_plan plan;
    struct replay_player *players;
    struct replay_counts counts;
    int epoll;
    uint64_t began;
    uint64_t last_reply; /* its time */
};

static void init_players(struct replay *replay)
{
    replay->players = allocate(replay->plan.client_count, sizeof(*replay->players));
    for (size_t i = 0; i < replay->plan.client_count; i++)
        replay->players[i] = (struct replay_player){
            .address = &replay->bench->address,
            .counts = &replay->counts,
            .epoll = replay->epoll,
            .fd = -1,
            .step = REPLAY_NONE,
        };
    for (size_t i = replay->plan.count; i-- > 0;)
        replay->players[replay->plan.steps[i].client].step = i;
}

static void init(struct replay *replay, struct bench *bench)
{
    *replay = (struct replay){.bench = bench, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    if (replay->epoll < 0)
        fail("epoll: %s", strerror(errno));
    replay_plan_load(bench->options.replay, &replay->plan);
    init_players(replay);
    close(control_open(&bench->address, bench_timeout_ns(bench)));
}

static void done(struct replay *replay)
{
    for (size_t i = 0; i < replay->plan.client_count; i++)
        replay_player_done(&replay->players[i]);
    free(replay->players);
    close(replay->epoll);
    replay_plan_done(&replay->plan);
}

static void check_time(const struct replay *replay, uint64_t now)
{
    if (now - replay->began > bench_timeout_ns(replay->bench))
        fail(
            "--replay: not done after %.0f s, with %" PRIu64 " operations played; raise "
            "--timeout",
            seconds_of(bench_timeout_ns(replay->bench)), replay->counts.operations);
}

/* Handles what happens until `deadline`, at most one batch of events. The players go on with
 * their steps before `end`. */
static void serve(struct replay *replay, uint64_t deadline, size_t end)
{
    struct epoll_event events[EVENTS_MAX];
    uint64_t now = clock_now();
    uint64_t replies = replay->counts.replies;
    int count;

    check_time(replay, now);
    count =
        epoll_wait_ns(replay->epoll, events, EVENTS_MAX, deadline > now ? deadline - now : 0);
    if (count < 0 && errno != EINTR)
        fail("epoll: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct replay_player *player = events[i].data.ptr;

        replay_player_serve(player);
        replay_player_advance(player, &replay->plan, end);
    }
    if (replay->counts.replies != replies)
        replay->last_reply = clock_now();
    progress_show("operations", replay->counts.operations, now);
}

/* With --speed, entries are played at their recorded times. */
static void wait_for_time(struct replay *replay, size_t index)
{
    uint64_t speed = (uint64_t)replay->bench->options.speed;
    const struct replay_step *steps = replay->plan.steps;
    int64_t ms =
        (int64_t)((uint64_t)steps[index].entry.unix_ms - (uint64_t)steps[0].entry.unix_ms); /* of
                                                                                               a damaged file, any */
    uint64_t due;

    if (speed == 0 || ms <= 0)
        return;
    due = replay->began + (uint64_t)ms * NS_PER_MS / speed;
    while (clock_now() < due)
        serve(replay, due, index);
}

/* Has the player of the step play it, or overtakes the player. */
static void play_step(struct replay *replay, size_t index)
{
    struct replay_player *player = &replay->players[replay->plan.steps[index].client];
    uint64_t deadline;

    replay_player_advance(player, &replay->plan, index + 1);
    if (player->step > index || player->is_stuck)
        return;
    deadline = clock_now() + GRACE_NS;
    while (player->step <= index && clock_now() < deadline)
        serve(replay, deadline, index + 1);
    player->is_stuck = player->step <= index;
}

static size_t count_waiting(const struct replay *replay)
{
    size_t count = 0;

    for (size_t i = 0; i < replay->plan.client_count; i++)
        count += replay_player_waits(&replay->players[i]);
    return count;
}

static bool is_busy(const struct replay *replay)
{
    for (size_t i = 0; i < replay->plan.client_count; i++) {
        const struct replay_player *player = &replay->players[i];

        if (!replay_player_is_idle(player) && !replay_player_waits(player))
            return true;
    }
    return false;
}

/* Serves until all replies are there, but for waits that do not end within the grace. */
static void serve_last(struct replay *replay, uint64_t grace_ns)
{
    uint64_t began = clock_now();

    for (;;) {
        uint64_t last = replay->last_reply > began ? replay->last_reply : began;

        if (!is_busy(replay) && (count_waiting(replay) == 0 || clock_now() >= last + grace_ns))
            return;
        serve(replay, last + END_GRACE_NS, replay->plan.count);
    }
}

static void finish(struct replay *replay)
{
    serve_last(replay, 0);
    for (size_t i = 0; i < replay->plan.client_count; i++)
        replay_player_confirm(&replay->players[i]);
    serve_last(replay, END_GRACE_NS);
}

static uint64_t count_unplayed(const struct replay *replay)
{
    uint64_t count = 0;

    for (size_t i = 0; i < replay->plan.client_count; i++) {
        for (size_t step = replay->players[i].step; step != REPLAY_NONE;
             step = replay->plan.steps[step].next)
            count += replay->plan.steps[step].entry.request.len > 0;
    }
    return count;
}

static void report(const struct replay *replay, const struct usage *usage)
{
    const struct replay_counts *counts = &replay->counts;
    struct report *report = &replay->bench->report;
    double seconds = seconds_of(replay->last_reply - replay->began);

    report_count(report, "clients", replay->plan.client_count);
    report_count(report, "operations", counts->operations);
    report_count(report, "shortened", counts->shortened);
    report_count(report, "left_out", counts->left_out + count_unplayed(replay));
    report_count(report, "waiting", count_waiting(replay));
    report_count(report, "closed_by_server", counts->closed);
    report_add(report, "seconds", seconds);
    report_add(
        report, "ops_per_second", seconds > 0 ? (double)counts->operations / seconds : 0);
    usage_report(usage, (double)counts->operations, report);
}

void replay_run(struct bench *bench)
{
    struct replay replay;
    struct usage usage;

    init(&replay, bench);
    usage_begin(&usage, bench->options.server_pid);
    replay.began = usage.began;
    replay.last_reply = replay.began;
    for (size_t i = 0; i < replay.plan.count; i++) {
        wait_for_time(&replay, i);
        play_step(&replay, i);
    }
    finish(&replay);
    usage_end(&usage);
    report(&replay, &usage);
    done(&replay);
}
