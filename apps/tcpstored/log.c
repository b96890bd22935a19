#include "tcpstored/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

const char *const log_level_names[] = {"debug", "info", "warn", "error", NULL};

static enum tcpstore_log_level least_level = TCPSTORE_LOG_INFO;

void log_set_level(enum tcpstore_log_level least)
{
    least_level = least;
}

static size_t format_prefix(enum tcpstore_log_level level, char *prefix, size_t size)
{
    char seconds[32];
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &utc);
    return (size_t)snprintf(
        prefix, size, "ts=%s.%03ldZ level=%s ", seconds, now.tv_nsec / 1000000,
        log_level_names[level]);
}

void log_write(void *context, enum tcpstore_log_level level, const char *line)
{
    char prefix[80];
    struct iovec parts[] = {
        {.iov_base = prefix, .iov_len = format_prefix(level, prefix, sizeof(prefix))},
        {.iov_base = (void *)line, .iov_len = strlen(line)},
        {.iov_base = "\n", .iov_len = 1},
    };
    ssize_t written = writev(STDERR_FILENO, parts, sizeof(parts) / sizeof(parts[0]));

    (void)context;
    (void)written;
}

void log_event(enum tcpstore_log_level level, const char *format, ...)
{
    char line[512];
    va_list arguments;

    if (level < least_level)
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    log_write(NULL, level, line);
}
