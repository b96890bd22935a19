#include "tcpstored/port_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int fill(int fd, uint16_t port)
{
    /* mkostemp made it private; jobs of other users are to read it too. */
    if (fchmod(fd, 0644) || dprintf(fd, "%u\n", (unsigned)port) < 0 || fsync(fd))
        return -1;
    return 0;
}

static int write_by_way_of(char *temporary, const char *path, uint16_t port)
{
    int fd = mkostemp(temporary, O_CLOEXEC);
    int status;
    int error;

    if (fd < 0)
        return -1;
    status = fill(fd, port) || rename(temporary, path) ? -1 : 0;
    error = errno;
    close(fd);
    if (status)
        unlink(temporary);
    errno = error;
    return status;
}

int port_file_write(const char *path, uint16_t port)
{
    char *temporary;
    int status;

    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return -1;
    status = write_by_way_of(temporary, path, port);
    free(temporary);
    return status;
}
