#include "tcpstored/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/quantity.h"
#include "tcpstored/log.h"

enum {
    DESCRIPTORS_OF_THE_DAEMON = 32, /* standard streams, listeners, event loop; with room */
    LONG_BACKLOG = 4096,
    MIB = 1 << 20,
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t limits_default_memory(size_t most)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long page_size = sysconf(_SC_PAGESIZE);
    size_t half;

    if (pages <= 0 || page_size <= 0)
        return most;
    half = (size_t)pages / 2 * (size_t)page_size;
    half -= half % MIB; /* --help shows it */
    return smaller(most, half > 0 ? half : MIB);
}

/* Returns the limit then in force. */
static size_t raise_descriptor_limit(void)
{
    struct rlimit limit;
    rlim_t soft;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return (size_t)sysconf(_SC_OPEN_MAX);
    soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    return (size_t)(setrlimit(RLIMIT_NOFILE, &limit) ? soft : limit.rlim_cur);
}

static size_t clients_within(size_t descriptors)
{
    if (descriptors <= DESCRIPTORS_OF_THE_DAEMON)
        return 1;
    return descriptors - DESCRIPTORS_OF_THE_DAEMON;
}

static void warn_of_short_backlog(void)
{
    FILE *file = fopen("/proc/sys/net/core/somaxconn", "re");
    char text[QUANTITY_TEXT_SIZE] = "";
    uint64_t backlog;

    if (file == NULL)
        return;
    if (fgets(text, sizeof(text), file) != NULL)
        text[strcspn(text, "\n")] = '\0';
    fclose(file);
    if (quantity_parse_number(text, &backlog) == 0 && backlog < LONG_BACKLOG)
        log_event(
            TCPSTORE_LOG_WARN,
            "event=short-backlog somaxconn=%" PRIu64
            " reason=\"when more clients than that start at "
            "once, some connect late; sysctl -w net.core.somaxconn=%d\"",
            backlog, LONG_BACKLOG);
}

void limits_settle(size_t asked, struct tcpstore_limits *limits)
{
    size_t descriptors = raise_descriptor_limit();
    size_t fitting = clients_within(descriptors);

    limits->clients = smaller(asked > 0 ? asked : limits->clients, fitting);
    log_event(
        TCPSTORE_LOG_INFO, "event=limits clients=%zu descriptors=%zu memory=%zu",
        limits->clients, descriptors, limits->memory_bytes);
    if (asked > fitting)
        log_event(
            TCPSTORE_LOG_WARN,
            "event=fewer-clients asked=%zu clients=%zu reason=\"%zu files may be open; raise "
            "the hard limit: ulimit -Hn, or LimitNOFILE= of systemd\"",
            asked, fitting, descriptors);
    warn_of_short_backlog();
}
