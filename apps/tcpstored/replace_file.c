/*
 * Happy path: the text is written to a temporary file in the same directory, which is then
 * renamed to `path`.
 *
 * Ways to fail: the directory is missing or not writable, the file system is full or read-only:
 * the temporary file is removed and `path` is unchanged.
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

    /* mkostemp makes it private, but other users' jobs read it, too. */
    if (fchmod(fd, 0644))
        return -1;
    written = write(fd, text, len);
    if (written >= 0 && (size_t)written < len) {
        errno = ENOSPC;
        return -1;
    }
    return written < 0 || fsync(fd) ? -1 : 0;
}

static int replace_through(char *temporary, const char *path, const char *text, size_t len)
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

/* The temporary name does not contain that of `path`, which may have the maximum length. */
int replace_file(const char *path, const char *text, size_t len)
{
    const char *slash = strrchr(path, '/');
    int directory_len = slash != NULL ? (int)(slash - path) + 1 : 0;
    char *temporary;
    int status;

    if (asprintf(&temporary, "%.*s.tcpstored.XXXXXX", directory_len, path) < 0)
        return -1;
    status = replace_through(temporary, path, text, len);
    free(temporary);
    return status;
}
