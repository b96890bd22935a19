/*
 * trickle: one WAIT for many keys, all stored, that reaches the server in segments of 1,440
 * bytes, the size at which PyTorch's client flushes its buffer.
 *
 * After each segment a PING is sent on another connection, and its reply awaited, so that the
 * server reads each segment by itself. With --pipeline N there are N segments between two
 * PINGs. The time of the PINGs alone is measured first and reported, not subtracted.
 */
#include <unistd.h>

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/control.h"
#include "tcpstore-bench/progress.h"
#include "tcpstore-bench/scenario.h"
#include "tcpstore-bench/usage.h"

enum { SEGMENT = 1440 };

static void send_segments(
    int client, int control, const struct requests *wait, size_t segments_per_ping)
{
    size_t sent = 0;

    for (size_t segment = 1; sent < wait->len; segment++) {
        size_t left = wait->len - sent;
        struct iovec part = {
            .iov_base = wait->bytes + sent, .iov_len = left < SEGMENT ? left : SEGMENT};

        control_send(client, (struct pieces){.first = &part, .count = 1});
        sent += part.iov_len;
        if (segment % segments_per_ping == 0)
            control_ping(control);
        progress_show("bytes", sent, clock_now());
    }
}

static uint64_t time_pings(int control, size_t count)
{
    uint64_t began = clock_now();

    for (size_t i = 0; i < count; i++)
        control_ping(control);
    return clock_now() - began;
}

void scenario_trickle(struct bench *bench)
{
    const struct options *options = &bench->options;
    size_t segments_per_ping = (size_t)options->pipeline;
    int control = control_open(&bench->address, bench_timeout_ns(bench));
    int client = control_open(&bench->address, bench_timeout_ns(bench));
    struct requests wait = {0};
    struct usage usage;
    size_t segments;
    uint64_t pings;
    uint8_t reply;

    control_store(control, options->keys, bench->value);
    control_ping(client);
    requests_keys(&wait, WIRE_WAIT, 0, options->keys);
    segments = (wait.len + SEGMENT - 1) / SEGMENT;
    pings = time_pings(control, segments / segments_per_ping);

    usage_begin(&usage, options->server_pid);
    send_segments(client, control, &wait, segments_per_ping);
    control_receive(client, &reply, 1);
    usage_end(&usage);
    close(client);
    close(control);
    requests_free(&wait);

    report_count(&bench->report, "segments", segments);
    report_add(&bench->report, "seconds", seconds_of(usage.ns));
    report_add(&bench->report, "of_that_pings_s", seconds_of(pings));
    usage_report(&usage, (double)segments, &bench->report);
}
