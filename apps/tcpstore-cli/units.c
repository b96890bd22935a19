#include "tcpstore-cli/units.h"

#include <stddef.h>
#include <stdio.h>

static const double MINUTE = 60;
static const double HOUR = 3600;
static const double DAY = 86400;
static const double STEP = 1024;

void units_seconds(double seconds, char ret_text[UNITS_SIZE])
{
    if (seconds < 0.95)
        snprintf(ret_text, UNITS_SIZE, "%.1f s", seconds < 0 ? 0 : seconds);
    else if (seconds < 2 * MINUTE)
        snprintf(ret_text, UNITS_SIZE, "%.0f s", seconds);
    else if (seconds < 2 * HOUR)
        snprintf(ret_text, UNITS_SIZE, "%.0f min", seconds / MINUTE);
    else if (seconds < 2 * DAY)
        snprintf(ret_text, UNITS_SIZE, "%.1f h", seconds / HOUR);
    else
        snprintf(ret_text, UNITS_SIZE, "%.1f d", seconds / DAY);
}

void units_bytes(double bytes, char ret_text[UNITS_SIZE])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    size_t unit = 0;

    while (bytes >= STEP - 0.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        bytes /= STEP;
        unit++;
    }
    snprintf(
        ret_text, UNITS_SIZE, "%.*f %s", unit > 0 && bytes < 99.95 ? 1 : 0, bytes, units[unit]);
}

void units_count(double count, char ret_text[UNITS_SIZE])
{
    char digits[UNITS_SIZE];
    int len = snprintf(digits, sizeof(digits), "%.0f", count);
    size_t at = 0;

    for (int i = 0; i < len && at + 2 < UNITS_SIZE; i++) {
        if (i > 0 && digits[i - 1] != '-' && (len - i) % 3 == 0)
            ret_text[at++] = ',';
        ret_text[at++] = digits[i];
    }
    ret_text[at] = '\0';
}
