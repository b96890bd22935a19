#include "tcpstore-bench/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "common/clock.h"

#define INTERVAL_NS (NS_PER_SECOND / 4)

static struct {
    uint64_t began; /* 0: nothing shown yet */
    uint64_t shown;
    uint64_t done;
} last;

static void start(uint64_t done, uint64_t now)
{
    last.began = now;
    last.shown = now;
    last.done = done;
}

void progress_show(const char *unit, uint64_t done, uint64_t now)
{
    double rate;

    if (last.began == 0 || done < last.done)
        start(done, now);
    if (now - last.shown < INTERVAL_NS)
        return;
    if (isatty(STDERR_FILENO)) {
        rate = (double)(done - last.done) / seconds_of(now - last.shown);
        fprintf(
            stderr, "\r%6.1f s  %12" PRIu64 " %s  %12.0f a second\033[K",
            seconds_of(now - last.began), done, unit, rate);
    }
    last.shown = now;
    last.done = done;
}

void progress_end(void)
{
    if (isatty(STDERR_FILENO) && last.began != 0)
        fputs("\r\033[K", stderr);
    last.began = 0;
}
