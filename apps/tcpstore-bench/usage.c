#include "tcpstore-bench/usage.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "tcpstore-bench/fail.h"

enum {
    IDLE_INTERVAL_MS = 20,
    IDLE_INTERVALS = 3,
    IDLE_CPU_NS = 500000, /* per interval, for timers and the like */
};

static FILE *open_proc(int pid, const char *name)
{
    char path[64];
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    file = fopen(path, "r");
    if (file == NULL)
        fail("--server-pid %d: %s: %s", pid, path, strerror(errno));
    return file;
}

uint64_t process_cpu(int pid)
{
    clockid_t clock;
    int error = clock_getcpuclockid(pid, &clock);

    if (error)
        fail("--server-pid %d: no CPU time: %s", pid, strerror(error));
    return clock_read(clock);
}

static struct cpu_times read_cpu_times(int pid)
{
    enum { FIELDS_TO_USER = 12 }; /* after the name */
    FILE *file = open_proc(pid, "stat");
    double tick = (double)sysconf(_SC_CLK_TCK);
    struct cpu_times times;
    char text[1024];
    char *at;

    if (fgets(text, sizeof(text), file) == NULL)
        fail("--server-pid %d: cannot read its CPU times", pid);
    fclose(file);
    at = strrchr(text, ')'); /* the name before it may contain anything */
    for (int i = 0; at != NULL && i < FIELDS_TO_USER; i++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        fail("--server-pid %d: cannot parse /proc/%d/stat", pid, pid);
    times.user_seconds = (double)strtoull(at, &at, 10) / tick;
    times.system_seconds = (double)strtoull(at, &at, 10) / tick;
    return times;
}

uint64_t process_memory(int pid, const char *name, const char *line)
{
    FILE *file = open_proc(pid, name);
    size_t len = strlen(line);
    uint64_t kib = 0;
    char text[256];

    while (fgets(text, sizeof(text), file) != NULL) {
        if (strncmp(text, line, len) == 0 && text[len] == ':') {
            kib = strtoull(text + len + 1, NULL, 10);
            break;
        }
    }
    fclose(file);
    return kib * 1024;
}

void process_wait_idle(int pid, uint64_t timeout_ns)
{
    uint64_t deadline = clock_now() + timeout_ns;
    uint64_t before = process_cpu(pid);
    int idle = 0;

    while (idle < IDLE_INTERVALS && clock_now() < deadline) {
        uint64_t now;

        poll(NULL, 0, IDLE_INTERVAL_MS);
        now = process_cpu(pid);
        idle = now - before < IDLE_CPU_NS ? idle + 1 : 0;
        before = now;
    }
}

static uint64_t own_cpu(void)
{
    return clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

void usage_begin(struct usage *usage, int server_pid)
{
    *usage = (struct usage){.server_pid = server_pid};
    if (server_pid) {
        usage->server_times = read_cpu_times(server_pid);
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
        struct cpu_times now = read_cpu_times(usage->server_pid);

        usage->server_cpu = process_cpu(usage->server_pid) - usage->server_cpu;
        usage->server_times.user_seconds = now.user_seconds - usage->server_times.user_seconds;
        usage->server_times.system_seconds =
            now.system_seconds - usage->server_times.system_seconds;
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
    report_add(report, "server_user_s", usage->server_times.user_seconds);
    report_add(report, "server_system_s", usage->server_times.system_seconds);
    if (operations > 0)
        report_add(
            report, "server_cpu_us_per_op", (double)usage->server_cpu / operations / 1000);
    report_count(report, "server_rss_bytes", process_memory(pid, "status", "VmRSS"));
    report_count(report, "server_peak_rss_bytes", process_memory(pid, "status", "VmHWM"));
}
