/*
 * Happy path: a temporary file beside `path` takes the text, and then its name.
 *
 * Ways to fail: the folder is missing or not writable, the file system is full or read-only:
 * the temporary file is removed, and `path` is as it was.
 */
#include "tcpstored/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fill(int fd, const char *text, size_t len)
{
    ssize_t written;

    /* mkostemp made it private, but jobs of other users read it, too. */
    if (fchmod(fd, 0644))
        return -1;
    written = write(fd, text, len);
    if (written >= 0 && (size_t)written < len) {
        errno = ENOSPC;
        return -1;
    }
    return written < 0 || fsync(fd) ? -1 : 0;
}

static int replace_by_way_of(char *temporary, const char *path, const char *text, size_t len)
{
    int fd = mkostemp(temporary, O_CLOEXEC);
    int status;
    int error;

    if (fd < 0)
        return -1;
    status = fill(fd, text, len) || rename(temporary, path) ? -1 : 0;
    error = errno;
    close(fd);
    if (status)
        unlink(temporary);
    errno = error;
    return status;
}

/* In the folder of `path`, under a name that is short whatever the length of its own. */
int replace_file(const char *path, const char *text, size_t len)
{
    const char *slash = strrchr(path, '/');
    int folder_len = slash != NULL ? (int)(slash - path) + 1 : 0;
    char *temporary;
    int status;

    if (asprintf(&temporary, "%.*s.tcpstored.XXXXXX", folder_len, path) < 0)
        return -1;
    status = replace_by_way_of(temporary, path, text, len);
    free(temporary);
    return status;
}
