#include "tcpstore-bench/usage.h"

#include <time.h>

#include "tcpstore-bench/clock.h"

static uint64_t own_cpu(void)
{
    return clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

void usage_begin(struct usage *usage, int server_pid)
{
    *usage = (struct usage){.server_pid = server_pid};
    if (server_pid) {
        usage->server_split = process_cpu_split(server_pid);
        usage->server_cpu = process_cpu(server_pid);
    }
    usage->own_cpu = own_cpu();
    usage->began = clock_now();
}

void usage_end(struct usage *usage)
{
    usage->ns = clock_now() - usage->began;
    usage->own_cpu = own_cpu() - usage->own_cpu;
    if (usage->server_pid) {
        struct process_split now = process_cpu_split(usage->server_pid);

        usage->server_cpu = process_cpu(usage->server_pid) - usage->server_cpu;
        usage->server_split.user_seconds = now.user_seconds - usage->server_split.user_seconds;
        usage->server_split.system_seconds =
            now.system_seconds - usage->server_split.system_seconds;
    }
}

void usage_report(const struct usage *usage, double operations, struct report *report)
{
    int pid = usage->server_pid;

    report_add(
        report, "generator_cpu_percent", 100.0 * (double)usage->own_cpu / (double)usage->ns);
    if (!pid)
        return;
    report_add(
        report, "server_cpu_percent", 100.0 * (double)usage->server_cpu / (double)usage->ns);
    report_add(report, "server_cpu_s", seconds_of(usage->server_cpu));
    report_add(report, "server_user_s", usage->server_split.user_seconds);
    report_add(report, "server_system_s", usage->server_split.system_seconds);
    if (operations > 0)
        report_add(
            report, "server_cpu_us_per_op", (double)usage->server_cpu / operations / 1000);
    report_count(report, "server_rss_bytes", process_memory(pid, "status", "VmRSS"));
    report_count(report, "server_peak_rss_bytes", process_memory(pid, "status", "VmHWM"));
}
