#include "tcpstored/keygen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "tcpstored/write_all.h"

enum {
    SECRET_SIZE = 32,
    NAME_MAX_SIZE = 64, /* as src/tls/secrets.h has it */
    LINE_SIZE = NAME_MAX_SIZE + 2 * SECRET_SIZE + 3,
    STATUS_OK = 0,
    STATUS_FAILED = 1,
    STATUS_USAGE = 2,
};

static int fail(const char *path, const char *reason)
{
    fprintf(stderr, "tcpstored: keygen: %s: %s\n", path, reason);
    return STATUS_FAILED;
}

static bool is_name(const char *name)
{
    static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-_.";
    size_t len = strlen(name);

    return len > 0 && len <= NAME_MAX_SIZE && strspn(name, characters) == len;
}

/* Returns false with errno set. */
static bool make_line(const char *name, char line[LINE_SIZE])
{
    unsigned char secret[SECRET_SIZE];
    int len;

    if (getrandom(secret, sizeof(secret), 0) != sizeof(secret))
        return false;
    len = snprintf(line, LINE_SIZE, "%s ", name);
    for (int i = 0; i < SECRET_SIZE; i++)
        len += snprintf(line + len, (size_t)(LINE_SIZE - len), "%02x", secret[i]);
    snprintf(line + len, (size_t)(LINE_SIZE - len), "\n");
    return true;
}

static int write_file(const char *path, const char *line)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail(
            path, errno == EEXIST ? "it exists, and a secret is never replaced; remove it first"
                                  : strerror(errno));
    if (write_all(fd, line, strlen(line)) == strlen(line) && fsync(fd) == 0 && close(fd) == 0) {
        printf(
            "%s has a new secret, which only you can read; copy it to the other hosts, and "
            "give each tcpstored --secret-file\n",
            path);
        return STATUS_OK;
    }
    fail(path, strerror(errno));
    unlink(path);
    return STATUS_FAILED;
}

int keygen(int count, char **arguments)
{
    const char *name = count > 1 ? arguments[1] : "tcpstore";
    char line[LINE_SIZE];

    if (count > 2 || (count > 0 && arguments[0][0] == '-')) {
        fprintf(stderr, "tcpstored: usage: tcpstored keygen [FILE [NAME]]\n");
        return STATUS_USAGE;
    }
    if (!is_name(name)) {
        fprintf(
            stderr,
            "tcpstored: keygen: %s: a name has at most %d letters, digits, '-', '_' and '.'\n",
            name, NAME_MAX_SIZE);
        return STATUS_USAGE;
    }
    if (!make_line(name, line))
        return fail("the kernel's random numbers", strerror(errno));
    if (count > 0)
        return write_file(arguments[0], line);
    if (write_all(STDOUT_FILENO, line, strlen(line)) == strlen(line))
        return STATUS_OK;
    return fail("stdout", strerror(errno));
}
