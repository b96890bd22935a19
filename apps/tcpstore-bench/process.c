#include "tcpstore-bench/process.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tcpstore-bench/clock.h"
#include "tcpstore-bench/fail.h"

enum {
    IDLE_LOOK_MS = 20,
    IDLE_LOOKS = 3,
    IDLE_CPU_NS = 500000, /* in that time; timers and the like */
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

struct process_split process_cpu_split(int pid)
{
    enum { FIELDS_TO_USER = 12 }; /* from the end of the name */
    FILE *file = open_proc(pid, "stat");
    double tick = (double)sysconf(_SC_CLK_TCK);
    struct process_split split;
    char text[1024];
    char *at;

    if (fgets(text, sizeof(text), file) == NULL)
        fail("--server-pid %d: cannot read its CPU times", pid);
    fclose(file);
    at = strrchr(text, ')'); /* before it, the name may hold anything */
    for (int i = 0; at != NULL && i < FIELDS_TO_USER; i++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        fail("--server-pid %d: its CPU times are not where they should be", pid);
    split.user_seconds = (double)strtoull(at, &at, 10) / tick;
    split.system_seconds = (double)strtoull(at, &at, 10) / tick;
    return split;
}

uint64_t process_memory(int pid, const char *file, const char *line)
{
    FILE *stream = open_proc(pid, file);
    size_t len = strlen(line);
    uint64_t kib = 0;
    char text[256];

    while (fgets(text, sizeof(text), stream) != NULL) {
        if (strncmp(text, line, len) == 0 && text[len] == ':') {
            kib = strtoull(text + len + 1, NULL, 10);
            break;
        }
    }
    fclose(stream);
    return kib * 1024;
}

void process_wait_idle(int pid, uint64_t patience_ns)
{
    uint64_t deadline = clock_now() + patience_ns;
    uint64_t before = process_cpu(pid);
    int quiet = 0;

    while (quiet < IDLE_LOOKS && clock_now() < deadline) {
        uint64_t now;

        poll(NULL, 0, IDLE_LOOK_MS);
        now = process_cpu(pid);
        quiet = now - before < IDLE_CPU_NS ? quiet + 1 : 0;
        before = now;
    }
}
