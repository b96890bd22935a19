/*
 * memory: how much memory the server's process uses per idle client and per key.
 *
 * First --clients connect, then --keys are stored, each with a name of 32 bytes. The result is
 * the growth of the process divided by their number. It does not include the kernel's socket
 * buffers.
 */
#include <unistd.h>

#include "tcpstore-bench/bench.h"
#include "tcpstore-bench/control.h"
#include "tcpstore-bench/scenario.h"
#include "tcpstore-bench/usage.h"

struct memory_use {
    double rss;
    double pss;
};

static struct memory_use measure(const struct bench *bench)
{
    int pid = bench->options.server_pid;

    process_wait_idle(pid, bench_timeout_ns(bench));
    return (struct memory_use){
        (double)process_memory(pid, "smaps_rollup", "Rss"),
        (double)process_memory(pid, "smaps_rollup", "Pss")};
}

void scenario_memory(struct bench *bench)
{
    size_t clients = (size_t)bench->options.clients;
    double keys = (double)bench->options.keys;
    struct memory_use before, connected, stored;
    struct loop loop;
    int control;

    control = control_open(&bench->address, bench_timeout_ns(bench));
    control_ping(control);
    loop_init(&loop, &bench->address, clients, bench_timeout_ns(bench));
    before = measure(bench);
    loop_connect_all(&loop);
    connected = measure(bench);
    control_store(control, bench->options.keys, bench->value);
    stored = measure(bench);
    loop_done(&loop);
    close(control);

    report_add(
        &bench->report, "client_rss_bytes", (connected.rss - before.rss) / (double)clients);
    report_add(
        &bench->report, "client_pss_bytes", (connected.pss - before.pss) / (double)clients);
    report_add(&bench->report, "key_rss_bytes", (stored.rss - connected.rss) / keys);
    report_add(&bench->report, "key_pss_bytes", (stored.pss - connected.pss) / keys);
    report_count(&bench->report, "server_rss_bytes", (uint64_t)stored.rss);
}
