/* How something goes on, on stderr: a line that changes in its place on a terminal, otherwise a
 * line for each change. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdint.h>

#include "tcpstore-cli/bytes.h"

/* All zero: nothing was shown yet. */
struct progress {
    struct bytes shown;
};

void progress_show(struct progress *progress, const char *text, int64_t elapsed_us);

/* Leaves the last line where it is. */
void progress_end(struct progress *progress);

#endif
