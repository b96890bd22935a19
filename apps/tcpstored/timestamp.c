#include "tcpstored/timestamp.h"

#include <stdbool.h>

enum { DAY = 24 * 60 * 60, EPOCH = 1970, FEBRUARY = 1, MONTHS = 12 };

static bool is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
    static const int days[MONTHS] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month] + (month == FEBRUARY && is_leap(year));
}

/* Writes the number with that many digits, and `next`. Returns the position after them. */
static char *put(char *at, long number, int digits, char next)
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
    at = put(at, year, 4, '-');
    at = put(at, month + 1, 2, '-');
    return put(at, days + 1, 2, 'T');
}

void timestamp_format(const struct timespec *time, char text[TIMESTAMP_SIZE])
{
    long seconds = time->tv_sec > 0 ? (long)time->tv_sec : 0;
    char *at = put_date(text, seconds / DAY);

    at = put(at, seconds % DAY / 3600, 2, ':');
    at = put(at, seconds % 3600 / 60, 2, ':');
    at = put(at, seconds % 60, 2, '.');
    at = put(at, time->tv_nsec / 1000000, 3, 'Z');
    *at = '\0';
}
