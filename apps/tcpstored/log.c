#include "tcpstored/log.h"

#include <ctype.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tcpstored/log_writer.h"
#include "tcpstored/timestamp.h"

enum {
    TEXT_MAX = LOG_LINE_MAX - 128, /* bytes without prefix and newline */
    LAST_WAITS = 100,
    LAST_WAIT_MS = 10,
};

const char *const log_level_names[] = {"debug", "info", "warn", "error", NULL};

static enum tcpstore_log_level least_level = TCPSTORE_LOG_INFO;

/* The line with its prefix and newline; returns its length. Async-signal-safe. */
static size_t format_line(
    enum tcpstore_log_level level, const char *text, char line[LOG_LINE_MAX])
{
    char time[TIMESTAMP_SIZE];
    struct timespec now;
    char *end = line;

    clock_gettime(CLOCK_REALTIME, &now);
    timestamp_format(&now, time);
    end = stpcpy(stpcpy(end, "ts="), time);
    end = stpcpy(stpcpy(end, " level="), log_level_names[level]);
    end = stpcpy(end, " ");
    end = mempcpy(end, text, strnlen(text, TEXT_MAX));
    *end++ = '\n';
    return (size_t)(end - line);
}

static size_t format_lost(uint64_t lost, char line[LOG_LINE_MAX])
{
    char text[64];

    snprintf(text, sizeof(text), "event=log-lost lines=%" PRIu64, lost);
    return format_line(TCPSTORE_LOG_WARN, text, line);
}

int log_start(enum tcpstore_log_level least)
{
    least_level = least;
    return log_writer_start(format_lost);
}

void log_end(void)
{
    log_writer_end();
}

void log_write(void *context, enum tcpstore_log_level level, const char *text)
{
    char line[LOG_LINE_MAX];
    size_t len = format_line(level, text, line);

    (void)context;
    log_writer_put(line, len);
}

void log_event(enum tcpstore_log_level level, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;

    if (level < least_level)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    log_write(NULL, level, text);
}

/* A path can hold a newline, or what a terminal obeys. */
static void replace_control_characters(char *text)
{
    for (; *text != '\0'; text++) {
        if (iscntrl((unsigned char)*text))
            *text = '?';
    }
}

void log_failure(const char *format, ...)
{
    static const char program[] = "tcpstored: ";
    char line[LOG_LINE_MAX];
    va_list arguments;
    size_t len;

    len = (size_t)(stpcpy(line, program) - line);
    va_start(arguments, format);
    vsnprintf(line + len, TEXT_MAX, format, arguments);
    va_end(arguments);
    replace_control_characters(line);
    len = strlen(line);
    line[len++] = '\n';
    log_writer_put(line, len);
}

void log_last_words(const char *text)
{
    struct pollfd sink = {.fd = STDERR_FILENO, .events = POLLOUT};
    char line[LOG_LINE_MAX];
    size_t len = format_line(TCPSTORE_LOG_ERROR, text, line);
    ssize_t written = 0;

    for (int i = 0; i < LAST_WAITS && !log_writer_is_idle(); i++)
        poll(NULL, 0, LAST_WAIT_MS);
    if (poll(&sink, 1, 0) == 1)
        written = write(STDERR_FILENO, line, len);
    (void)written;
}
