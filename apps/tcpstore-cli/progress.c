#include "tcpstore-cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "tcpstore-cli/terminal.h"

static void redraw(const char *text, int64_t elapsed_us)
{
    char time[32];
    int time_width = snprintf(time, sizeof(time), "%4.0f s  ", (double)elapsed_us / 1e6);
    int left = (int)terminal_width(STDERR_FILENO) - time_width - 1;

    fprintf(stderr, "\r%s%.*s\033[K", time, left > 0 ? left : 0, text);
}

static void follow(struct progress *progress, const char *text)
{
    if (progress->shown.data == NULL || strcmp(progress->shown.data, text) != 0)
        fprintf(stderr, "%s\n", text);
}

void progress_show(struct progress *progress, const char *text, int64_t elapsed_us)
{
    if (isatty(STDERR_FILENO))
        redraw(text, elapsed_us);
    else
        follow(progress, text);
    bytes_clear(&progress->shown);
    bytes_append_text(&progress->shown, text);
}

void progress_end(struct progress *progress)
{
    if (isatty(STDERR_FILENO) && progress->shown.data != NULL)
        fputc('\n', stderr);
    bytes_done(&progress->shown);
}
