/*
 * memory: what the server's process takes for an idle client, and for a key.
 *
 * First --clients connect, then --keys are stored, each with a name of 32 bytes; what the
 * process has grown by, per one of them, is the figure. The kernel's socket buffers are
 * not the process's own and not in it.
 */
#include <unistd.h>

#include "tcpstore-bench/control.h"
#include "tcpstore-bench/process.h"
#include "tcpstore-bench/scenario.h"

struct memory_use {
    double rss;
    double pss;
};

static struct memory_use look(const struct bench *bench)
{
    int pid = bench->options.server_pid;

    process_wait_idle(pid, bench_patience(bench));
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

    control = control_open(&bench->address, bench_patience(bench));
    control_ping(control);
    loop_init(&loop, &bench->address, clients, bench_patience(bench));
    before = look(bench);
    loop_connect_all(&loop);
    connected = look(bench);
    control_store(control, bench->options.keys, bench->value);
    stored = look(bench);
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
