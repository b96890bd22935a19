#include "tcpstored/log.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/plain.h"
#include "tcpstored/log_writer.h"

enum {
    TEXT_MAX = LOG_LINE_MAX - 128, /* bytes without prefix and newline */
    IDLE_CHECKS = 100,
    IDLE_CHECK_MS = 10,
};

enum {
    TIMESTAMP_SIZE = sizeof("2026-11-24T03:46:08.123Z"),
    DAY = 24 * 60 * 60, /* seconds */
    EPOCH = 1970,
    FEBRUARY = 1, /* months count from 0 */
    MONTHS = 12,
};

const char *const log_level_names[] = {"debug", "info", "warn", "error", NULL};

static enum tcpstore_log_level minimum_level = TCPSTORE_LOG_INFO;

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const int days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month] + (month == FEBRUARY && is_leap(year));
}

/* Writes `number` in `digits` digits, then `next`. Returns the position after them. */
static char *put_number(char *at, long number, int digits, char next)
{
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    at[digits] = next;
    return at + digits + 1;
}

static char *put_date(char *at, long days)
{
    int year = EPOCH;
    int month = 0;

    for (; days >= 365 + is_leap(year); year++)
        days -= 365 + is_leap(year);
    for (; days >= days_in_month(year, month); month++)
        days -= days_in_month(year, month);
    at = put_number(at, year, 4, '-');
    at = put_number(at, month + 1, 2, '-');
    return put_number(at, days + 1, 2, 'T');
}

/* UTC, from 1970 to 9999. Async-signal-safe, unlike gmtime_r, which takes a lock. */
static void format_time(const struct timespec *time, char text[TIMESTAMP_SIZE])
{
    long seconds = time->tv_sec > 0 ? (long)time->tv_sec : 0;
    char *at = put_date(text, seconds / DAY);

    at = put_number(at, seconds % DAY / 3600, 2, ':');
    at = put_number(at, seconds % 3600 / 60, 2, ':');
    at = put_number(at, seconds % 60, 2, '.');
    at = put_number(at, time->tv_nsec / 1000000, 3, 'Z');
    *at = '\0';
}

/* Formats a line with its prefix and newline; returns its length. Async-signal-safe. */
static size_t format_line(
    enum tcpstore_log_level level, const char *text, char line[LOG_LINE_MAX])
{
    char time[TIMESTAMP_SIZE];
    struct timespec now;
    char *end = line;

    clock_gettime(CLOCK_REALTIME, &now);
    format_time(&now, time);
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

int log_start(enum tcpstore_log_level minimum)
{
    minimum_level = minimum;
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

void log_print(enum tcpstore_log_level level, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;

    if (level < minimum_level)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    log_write(NULL, level, text);
}

void log_failure(const char *format, ...)
{
    char text[TEXT_MAX];
    char line[LOG_LINE_MAX];
    char *end = stpcpy(line, "tcpstored: ");
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    for (const char *at = text; *at != '\0' && end - line < TEXT_MAX; at++)
        end = plain_put(end, *at);
    *end++ = '\n';
    log_writer_put(line, (size_t)(end - line));
}

void log_death(const char *text)
{
    struct pollfd sink = {.fd = STDERR_FILENO, .events = POLLOUT};
    char line[LOG_LINE_MAX];
    size_t len = format_line(TCPSTORE_LOG_ERROR, text, line);
    ssize_t written = 0;

    for (int i = 0; i < IDLE_CHECKS && !log_writer_is_idle(); i++)
        poll(NULL, 0, IDLE_CHECK_MS);
    if (poll(&sink, 1, 0) == 1)
        written = write(STDERR_FILENO, line, len);
    (void)written;
}
