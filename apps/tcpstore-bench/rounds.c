#include "tcpstore-bench/rounds.h"

#include <stdlib.h>

#include "tcpstore-bench/clock.h"

void rounds_add(struct rounds *rounds, uint64_t ns)
{
    if (rounds->count < ROUNDS_MAX)
        rounds->ns[rounds->count++] = ns;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

void rounds_report(
    struct rounds *rounds, const char *median, const char *least, const char *most,
    struct report *report)
{
    if (rounds->count == 0)
        return;
    qsort(rounds->ns, rounds->count, sizeof(rounds->ns[0]), compare);
    report_add(report, median, seconds_of(rounds->ns[rounds->count / 2]));
    report_add(report, least, seconds_of(rounds->ns[0]));
    report_add(report, most, seconds_of(rounds->ns[rounds->count - 1]));
}
