/*
 * The kernel gives a new descriptor the lowest free number. If standard output is closed, the
 * next socket gets its number, and the server executes what the program prints.
 *
 * Happy path: all three are open. A closed one gets a descriptor that can be neither read nor
 * written, so that output fails instead of vanishing, and input is an error instead of an empty
 * file. /dev/null would do neither, and a sandbox may not have it.
 *
 * Ways to fail: the limit of open files is below 3.
 */
#include "common/standard_streams.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int standard_streams_fill(const char *program)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        int filled = fcntl(fd, F_GETFD) < 0 ? open("/", O_PATH) : fd;

        if (filled >= 0)
            continue;
        fprintf(
            stderr, "%s: descriptor %d is closed and cannot be filled: %s; redirect it\n",
            program, fd, strerror(errno));
        return -1;
    }
    return 0;
}
