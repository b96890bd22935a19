/*
 * Happy path: the smallest limit of the machine, the control group and the shell applies; the
 * daemon's own limits are derived from it.
 *
 * Ways to fail: a limit cannot be read: it counts as unlimited. A limit is low: the log says
 * how to raise it. --max-memory is higher than a control group allows: it is lowered, since
 * otherwise the kernel would kill the daemon where now a client is refused memory.
 *
 * The process holds up to 1.15 times --max-memory, and some megabytes more: the server charges
 * larger gaps between blocks to the limit. By default --max-memory is half of a control group's
 * memory, and at most five eighths of it. At least a quarter is left for the kernel's own
 * memory, which the group includes: measured 2 KiB per idle client; 4 KiB are assumed.
 */
#include "tcpstored/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/descriptor_limit.h"
#include "common/quantity.h"
#include "tcpstored/cgroup.h"
#include "tcpstored/log.h"

enum {
    /* Standard streams, listeners, event loop and a margin; guests beyond --max-clients */
    OWN_DESCRIPTORS = 32 + TCPSTORE_GUESTS,
    LONG_BACKLOG = 4096,
    OWN_TASKS = 2, /* threads that the daemon may start */
    CLIENT_KERNEL_BYTES = 4096,
    MIB = 1 << 20,
};

/* The smallest of several limits, and its cause. */
struct bound {
    uint64_t value;
    const char *cause;
};

static void lower(struct bound *bound, uint64_t value, const char *cause)
{
    if (value < bound->value)
        *bound = (struct bound){value, cause};
}

/* Reads the word at `index` in the first line of a file in /proc. */
static uint64_t read_number(const char *path, size_t index, uint64_t fallback)
{
    FILE *file = fopen(path, "re");
    char line[256];
    char *rest = line;
    char *word = NULL;
    uint64_t number;

    if (file == NULL)
        return fallback;
    if (fgets(line, sizeof(line), file) != NULL) {
        do
            word = strsep(&rest, " \n");
        while (word != NULL && index-- > 0);
    }
    fclose(file);
    return word != NULL && quantity_parse_number(word, &number) == 0 ? number : fallback;
}

static uint64_t machine_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_size = sysconf(_SC_PAGESIZE);

    return pages > 0 && page_size > 0 ? (uint64_t)pages * (uint64_t)page_size : UINT64_MAX;
}

static struct bound memory_bound(const struct cgroup_limits *group)
{
    struct bound bound = {machine_memory(), "machine"};
    struct rlimit limit;

    lower(&bound, group->memory, "cgroup");
    if (getrlimit(RLIMIT_AS, &limit) == 0)
        lower(&bound, limit.rlim_cur, "ulimit");
    if (getrlimit(RLIMIT_DATA, &limit) == 0)
        lower(&bound, limit.rlim_cur, "ulimit");
    return bound;
}

/* In whole MiB, for --help. */
static struct bound default_memory(const struct cgroup_limits *group)
{
    struct bound bound = memory_bound(group);
    uint64_t half = bound.value / 2 / MIB * MIB;
    struct tcpstore_server_options options;
    struct bound memory = {.cause = "default"};

    tcpstore_server_options_init(&options);
    memory.value = options.limits.memory_bytes;
    lower(&memory, half > 0 ? half : MIB, bound.cause);
    return memory;
}

size_t limits_default_memory(void)
{
    struct cgroup_limits group;

    cgroup_limits_read("", &group);
    return (size_t)default_memory(&group).value;
}

static struct bound descriptor_bound(void)
{
    struct bound bound = {UINT64_MAX, "machine"};
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        bound = (struct bound){limit.rlim_cur, "ulimit"};
    lower(&bound, read_number("/proc/sys/fs/nr_open", 0, UINT64_MAX), "fs.nr_open");
    lower(&bound, read_number("/proc/sys/fs/file-max", 0, UINT64_MAX), "fs.file-max");
    return bound;
}

static uint64_t clients_within(uint64_t descriptors)
{
    if (descriptors <= OWN_DESCRIPTORS)
        return 1;
    return descriptors - OWN_DESCRIPTORS;
}

static struct bound client_bound(
    size_t requested, size_t fallback, const struct bound *descriptors,
    const struct cgroup_limits *group)
{
    struct bound clients = {requested, "flag"};

    if (requested == 0) {
        clients = (struct bound){fallback, "default"};
        if (group->memory != CGROUP_UNLIMITED)
            lower(&clients, group->memory / 4 / CLIENT_KERNEL_BYTES, "cgroup");
    }
    lower(&clients, clients_within(descriptors->value), descriptors->cause);
    return clients;
}

static void log_limits(
    const struct bound *clients, const struct bound *descriptors, const struct bound *memory)
{
    log_print(
        TCPSTORE_LOG_INFO,
        "event=limits clients=%" PRIu64 " clients_bound=%s descriptors=%" PRIu64
        " descriptors_bound=%s memory=%" PRIu64 " memory_bound=%s",
        clients->value, clients->cause, descriptors->value, descriptors->cause, memory->value,
        memory->cause);
}

static void warn_of_fewer_clients(
    size_t requested, const struct bound *clients, const struct bound *descriptors)
{
    if (requested > clients->value)
        log_print(
            TCPSTORE_LOG_WARN,
            "event=fewer-clients asked=%zu clients=%" PRIu64
            " reason=\"the limit of open files is %" PRIu64
            " (%s); raise the hard limit with ulimit -Hn, or LimitNOFILE= of "
            "systemd\"",
            requested, clients->value, descriptors->value, descriptors->cause);
}

static void warn_of_short_backlog(void)
{
    uint64_t backlog = read_number("/proc/sys/net/core/somaxconn", 0, LONG_BACKLOG);

    if (backlog < LONG_BACKLOG)
        log_print(
            TCPSTORE_LOG_WARN,
            "event=short-backlog somaxconn=%" PRIu64
            " reason=\"if more clients than that connect at once, some are delayed; run sysctl "
            "-w net.core.somaxconn=%d, in the container's network namespace if it has one\"",
            backlog, LONG_BACKLOG);
}

static void warn_of_few_tasks(const struct cgroup_limits *group)
{
    if (group->tasks < OWN_TASKS)
        log_print(
            TCPSTORE_LOG_WARN,
            "event=few-tasks left=%" PRIu64
            " reason=\"the control group allows too few threads, the daemon may need %d; raise "
            "pids.max with --pids-limit of containers or TasksMax= of systemd\"",
            group->tasks, OWN_TASKS);
}

/* To as much as the control group can hold. */
static void lower_memory(struct bound *memory, const struct cgroup_limits *group)
{
    uint64_t asked = memory->value;
    uint64_t most = group->memory / 8 * 5;

    if (group->memory == CGROUP_UNLIMITED || asked <= most)
        return;
    lower(memory, most, "cgroup");
    log_print(
        TCPSTORE_LOG_WARN,
        "event=short-memory asked=%" PRIu64 " memory=%" PRIu64 " cgroup=%" PRIu64
        " reason=\"the control group cannot hold more; lower --max-memory or raise the control "
        "group's limit\"",
        asked, most, group->memory);
}

void limits_apply(size_t requested, struct tcpstore_limits *limits)
{
    struct bound memory = {limits->memory_bytes, "flag"};
    struct cgroup_limits group;
    struct bound descriptors, clients, standard;

    cgroup_limits_read("", &group);
    standard = default_memory(&group);
    if (memory.value == standard.value)
        memory = standard;
    lower_memory(&memory, &group);
    limits->memory_bytes = (size_t)memory.value;
    descriptor_limit_raise();
    descriptors = descriptor_bound();
    clients = client_bound(requested, limits->clients, &descriptors, &group);
    limits->clients = (size_t)clients.value;

    log_limits(&clients, &descriptors, &memory);
    warn_of_fewer_clients(requested, &clients, &descriptors);
    warn_of_short_backlog();
    warn_of_few_tasks(&group);
}
