#include "tls/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

/* Returns errno. */
static int read_all(int fd, uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t got = read(fd, bytes, len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? EIO : errno; /* it has become shorter */
        bytes += got;
        len -= (size_t)got;
    }
    return 0;
}

static int check(
    const char *what, const char *path, bool is_private, const struct stat *status,
    struct tcpstore_error *error)
{
    if (!S_ISREG(status->st_mode))
        return error_set(error, TCPSTORE_EINVAL, "%s %s: it is not a file", what, path);
    if (status->st_size > TLS_FILE_MAX)
        return error_set(
            error, TCPSTORE_EINVAL, "%s %s: it has more than %d bytes", what, path,
            TLS_FILE_MAX);
    if (is_private && (status->st_mode & S_IRWXO))
        return error_set(
            error, TCPSTORE_EINVAL,
            "%s %s: every user of this host may use it; take that away with chmod o= %s", what,
            path, path);
    return 0;
}

static int read_open(
    const char *what, const char *path, bool is_private, int fd, struct span *ret_bytes,
    struct tcpstore_error *error)
{
    struct stat status;
    uint8_t *bytes;
    int code;

    if (fstat(fd, &status))
        return error_set(error, TCPSTORE_EINVAL, "%s %s: %s", what, path, strerror(errno));
    code = check(what, path, is_private, &status, error);
    if (code)
        return code;
    bytes = malloc((size_t)status.st_size + 1);
    if (bytes == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for %s %s", what, path);
    *ret_bytes = span_of(bytes, (size_t)status.st_size);
    code = read_all(fd, bytes, ret_bytes->len);
    if (code == 0)
        return 0;
    tls_file_free(*ret_bytes);
    return error_set(error, TCPSTORE_EINVAL, "%s %s: %s", what, path, strerror(code));
}

int tls_file_read(
    const char *what, const char *path, bool is_private, struct span *ret_bytes,
    struct tcpstore_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int code;

    if (fd < 0)
        return error_set(error, TCPSTORE_EINVAL, "%s %s: %s", what, path, strerror(errno));
    code = read_open(what, path, is_private, fd, ret_bytes, error);
    close(fd);
    return code;
}

void tls_file_free(struct span bytes)
{
    explicit_bzero((void *)(uintptr_t)bytes.bytes, bytes.len);
    free((void *)(uintptr_t)bytes.bytes);
}
