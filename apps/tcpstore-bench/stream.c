/* set-stream: one-way SETs of one client, each in a separate send as in PyTorch's `set`, or
 * --pipeline of them per send. A PING at the end confirms that all have been executed. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/control.h"
#include "tcpstore-bench/fail.h"
#include "tcpstore-bench/progress.h"
#include "tcpstore-bench/scenario.h"
#include "tcpstore-bench/usage.h"

static void make_ring(const struct bench *bench, size_t units, struct requests *ring)
{
    for (size_t i = 0; i < units; i++)
        requests_set(ring, i % bench->options.keys, bench->value);
}

/* Returns the number of SETs sent by the deadline. */
static uint64_t stream_until(
    int control, struct pieces ring, size_t units, size_t batch, uint64_t deadline)
{
    size_t batch_count = ring.count / units * batch;
    uint64_t sent = 0;
    uint64_t now = clock_now();

    for (size_t at = 0; now < deadline; at = (at + batch_count) % ring.count) {
        control_send(control, pieces_slice(ring, at, batch_count));
        sent += batch;
        now = clock_now();
        progress_show("SETs", sent, now);
    }
    return sent;
}

void scenario_set_stream(struct bench *bench)
{
    const struct options *options = &bench->options;
    size_t batch = (size_t)options->pipeline;
    size_t units = (options->keys + batch - 1) / batch * batch;
    int control = control_open(&bench->address, bench_timeout_ns(bench));
    struct requests ring = {0};
    struct usage usage;
    uint64_t sent;

    if (options->clients != 1)
        fail("set-stream has one client; omit --clients");
    make_ring(bench, units, &ring);
    control_ping(control);
    usage_begin(&usage, options->server_pid);
    sent = stream_until(
        control, requests_pieces(&ring, units), units, batch,
        usage.began + bench_duration_ns(bench));
    control_ping(control);
    usage_end(&usage);
    close(control);
    requests_free(&ring);

    report_add(&bench->report, "seconds", seconds_of(usage.ns));
    report_count(&bench->report, "operations", sent);
    report_add(&bench->report, "ops_per_second", (double)sent / seconds_of(usage.ns));
    usage_report(&usage, (double)sent, &bench->report);
}
