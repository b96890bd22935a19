/*
 * init: the start of a job of --clients ranks, from the first connect to the last release.
 *
 * Each rank connects, sends VALIDATE and PING, counts itself with ADD, SETs its address, WAITs
 * for all addresses, reads them with MULTI_GET, and passes a BARRIER. At any time, as many
 * ranks are connecting as a server's listen queue holds; when one has connected, the next one
 * starts.
 */
#include <stdlib.h>

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/fail.h"
#include "tcpstore-bench/progress.h"
#include "tcpstore-bench/requests.h"
#include "tcpstore-bench/scenario.h"
#include "tcpstore-bench/usage.h"

enum { CONNECTING_AT_ONCE = 256 };

/* What a rank does next. SET is sent together with WAIT, since it has no reply. */
enum step { STEP_HELLO, STEP_COUNT, STEP_WAIT, STEP_READ, STEP_BARRIER, STEP_DONE };

struct start {
    struct loop loop;
    size_t value_size;
    struct requests steps[STEP_DONE]; /* the same bytes for all ranks */
    struct pieces step_pieces[STEP_DONE];
    struct requests addresses;    /* each rank's SET, all of the same length */
    struct pieces address_pieces; /* the same number for each rank */
    enum step *at;                /* by rank */
    size_t connected;
    size_t done;
};

static size_t reply_size(const struct start *start, enum step step)
{
    switch (step) {
    case STEP_HELLO:
        return 4;
    case STEP_COUNT:
        return 8;
    case STEP_READ:
        return start->loop.count * (8 + start->value_size);
    case STEP_WAIT:
    case STEP_BARRIER:
    case STEP_DONE:
        return 1;
    }
    fail("a step without a reply");
}

static void make_requests(struct start *start, struct span value)
{
    size_t ranks = start->loop.count;
    uint64_t first = requests_unused_keys();

    requests_validate(&start->steps[STEP_HELLO]);
    requests_ping(&start->steps[STEP_HELLO], 0);
    requests_add(&start->steps[STEP_COUNT], first + ranks, 1);
    requests_keys(&start->steps[STEP_WAIT], WIRE_WAIT, first, ranks);
    requests_keys(&start->steps[STEP_READ], WIRE_MULTI_GET, first, ranks);
    requests_barrier(&start->steps[STEP_BARRIER], first + ranks + 1, (int64_t)ranks);
    for (size_t i = 0; i < ranks; i++)
        requests_set(&start->addresses, first + i, value);
    start->address_pieces = requests_pieces(&start->addresses, ranks);
    for (int i = 0; i < STEP_DONE; i++)
        start->step_pieces[i] = requests_pieces(&start->steps[i], 1);
}

static void send_address(struct start *start, struct conn *conn)
{
    size_t count = start->address_pieces.count / start->loop.count;

    loop_send(conn, pieces_slice(start->address_pieces, conn->index * count, count), 0);
    if (!pieces_are_sent(&conn->out))
        fail("rank %u: the socket has no room for one SET", conn->index);
}

static void send_step(struct start *start, struct conn *conn)
{
    enum step step = start->at[conn->index];

    if (step == STEP_WAIT)
        send_address(start, conn);
    loop_send(conn, start->step_pieces[step], reply_size(start, step));
}

static void connect_next(struct start *start)
{
    struct conn *conn;

    if (start->connected == start->loop.count)
        return;
    conn = &start->loop.conns[start->connected];
    loop_connect(&start->loop, start->connected++);
    send_step(start, conn);
}

static void on_reply(void *context, struct conn *conn, size_t len, uint64_t now)
{
    struct start *start = context;
    enum step *step = &start->at[conn->index];

    (void)len;
    if (conn->reply_left > 0)
        return;
    if (*step == STEP_HELLO)
        connect_next(start);
    ++*step;
    if (*step != STEP_DONE) {
        send_step(start, conn);
        return;
    }
    start->done++;
    start->loop.stop = start->done == start->loop.count;
    progress_show("ranks", start->done, now);
}

static void free_start(struct start *start)
{
    loop_done(&start->loop);
    for (int i = 0; i < STEP_DONE; i++)
        requests_free(&start->steps[i]);
    requests_free(&start->addresses);
    free(start->at);
}

void scenario_init(struct bench *bench)
{
    const struct options *options = &bench->options;
    size_t ranks = (size_t)options->clients;
    struct start start = {.value_size = options->value_size};
    struct usage usage;

    loop_init(&start.loop, &bench->address, ranks, bench_timeout_ns(bench));
    start.at = allocate(ranks, sizeof(*start.at));
    make_requests(&start, bench->value);

    usage_begin(&usage, options->server_pid);
    for (size_t i = 0; i < CONNECTING_AT_ONCE; i++)
        connect_next(&start);
    loop_run(&start.loop, 0, on_reply, &start);
    usage_end(&usage);
    free_start(&start);

    report_add(&bench->report, "seconds", seconds_of(usage.ns));
    usage_report(&usage, (double)ranks, &bench->report);
}
