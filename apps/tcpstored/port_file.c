/*
 * Happy path: the type of the file decides how the port is written. A regular or missing file
 * is replaced; a descriptor, a FIFO or a character device is written to. If nothing reads a
 * FIFO yet, a thread blocks until a reader opens it, then writes, closes it and exits; a stop
 * does not wait for that thread.
 *
 * Ways to fail, each with a reason: the file cannot be created; it cannot be written, such as a
 * directory, or only later, such as a full pipe. If a FIFO's reader leaves before the write,
 * the thread waits for the next one; if the FIFO is removed, the thread exits.
 */
#include "tcpstored/port_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/quantity.h"
#include "tcpstored/background.h"
#include "tcpstored/links.h"
#include "tcpstored/log.h"
#include "tcpstored/replace_file.h"

enum { LINKS_MAX = 40 /* as in the kernel */ };

struct text {
    char bytes[sizeof("65535\n")];
    size_t len;
};

/* Always returns -1. */
__attribute__((format(printf, 2, 3))) static int refuse(
    char ret_reason[PORT_FILE_REASON_SIZE], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(ret_reason, PORT_FILE_REASON_SIZE, format, arguments);
    va_end(arguments);
    return -1;
}

/* The descriptor that a name such as /dev/stdout or /dev/fd/3 stands for; -1: none. Opening
 * the name would create a second file offset, and the first line would overwrite the port. */
static int descriptor_named(const char *path)
{
    static const char *const directories[] = {"/dev/fd/", "/proc/self/fd/"};
    uint64_t number;

    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
        size_t len = strlen(directories[i]);

        if (strncmp(path, directories[i], len) == 0 &&
            quantity_parse_number(path + len, &number) == 0 && number <= INT_MAX)
            return (int)number;
    }
    return -1;
}

/* A pipe or terminal that poll reports as writable takes these few bytes without blocking.
 * Returns 0 or an errno. */
static int write_now(int fd, struct text text)
{
    struct pollfd output = {.fd = fd, .events = POLLOUT};

    if (poll(&output, 1, 0) == 0)
        return EAGAIN;
    return write(fd, text.bytes, text.len) < 0 ? errno : 0;
}

/* An `error` of 0 is success. */
static int refuse_unwritten(int error, char ret_reason[PORT_FILE_REASON_SIZE])
{
    if (error == 0)
        return 0;
    if (error == EAGAIN)
        return refuse(ret_reason, "its buffer is full; let its reader catch up");
    return refuse(ret_reason, "cannot write to it: %s", strerror(error));
}

/* Only inherited descriptors lack FD_CLOEXEC. */
static int write_to_descriptor(int fd, struct text text, char ret_reason[PORT_FILE_REASON_SIZE])
{
    int flags = fcntl(fd, F_GETFD);
    int error;

    if (flags < 0 || flags & FD_CLOEXEC)
        return refuse(
            ret_reason, "descriptor %d is not open; open it in the shell: %d>port", fd, fd);
    error = write_now(fd, text);
    if (error == 0 && fd > STDERR_FILENO)
        close(fd);
    return refuse_unwritten(error, ret_reason);
}

/* A port for a FIFO that no process reads yet. */
struct pending {
    char path[PATH_MAX];
    struct text text;
};

static void write_when_read(void *context)
{
    struct pending *pending = context;
    bool reader_left;

    do {
        int fd = open(pending->path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
            break;
        reader_left = write(fd, pending->text.bytes, pending->text.len) < 0 && errno == EPIPE;
        close(fd);
    } while (reader_left);
    free(pending);
}

static int write_later(
    const char path[PATH_MAX], struct text text, char ret_reason[PORT_FILE_REASON_SIZE])
{
    struct pending *pending = malloc(sizeof(*pending));
    int error = ENOMEM;

    log_print(
        TCPSTORE_LOG_INFO,
        "event=port-file-waits reason=\"the FIFO has no reader; it gets the port when a "
        "reader opens it\"");
    if (pending != NULL) {
        pending->text = text;
        stpcpy(pending->path, path);
        error = background_start_detached(write_when_read, pending);
    }
    if (error == 0)
        return 0;
    free(pending);
    return refuse(ret_reason, "cannot wait for its reader: %s", strerror(error));
}

static int write_through(
    const char path[PATH_MAX], mode_t type, struct text text,
    char ret_reason[PORT_FILE_REASON_SIZE])
{
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    int error;

    if (fd < 0 && errno == ENXIO && type == S_IFIFO)
        return write_later(path, text, ret_reason);
    if (fd < 0)
        return refuse(ret_reason, "cannot open it: %s", strerror(errno));
    error = write_now(fd, text);
    close(fd);
    if (error == EPIPE && type == S_IFIFO) /* its reader has left */
        return write_later(path, text, ret_reason);
    return refuse_unwritten(error, ret_reason);
}

static int write_by_type(
    const char path[PATH_MAX], mode_t type, struct text text,
    char ret_reason[PORT_FILE_REASON_SIZE])
{
    switch (type) {
    case 0:
    case S_IFREG:
        if (replace_file(path, text.bytes, text.len) == 0)
            return 0;
        return refuse(
            ret_reason,
            "cannot write it: %s; name a file in a directory that exists and that you may "
            "write to",
            strerror(errno));
    case S_IFIFO:
    case S_IFCHR:
        return write_through(path, type, text, ret_reason);
    case S_IFDIR:
        return refuse(ret_reason, "it is a directory; name a file in it");
    default:
        return refuse(
            ret_reason, "it is a %s; name a file or a FIFO",
            type == S_IFSOCK ? "socket" : "block device");
    }
}

/* A link may point to the name of a descriptor, such as /dev/stdout. */
static int write_to_target(
    char path[PATH_MAX], struct text text, char ret_reason[PORT_FILE_REASON_SIZE])
{
    for (int i = 0; i <= LINKS_MAX; i++) {
        int fd = descriptor_named(path);
        mode_t type;
        int code;

        if (fd >= 0)
            return write_to_descriptor(fd, text, ret_reason);
        code = links_step(path, &type);
        if (code < 0)
            return refuse(
                ret_reason, "cannot inspect it: %s; name a file that you may write to",
                strerror(errno));
        if (code != LINK_FOLLOWED)
            return write_by_type(path, type, text, ret_reason);
    }
    return refuse(ret_reason, "its symbolic links form a loop; name another file");
}

int port_file_write(const char *path, uint16_t port, char ret_reason[PORT_FILE_REASON_SIZE])
{
    size_t len = strlen(path);
    char target[PATH_MAX];
    struct text text;

    if (len >= sizeof(target))
        return refuse(ret_reason, "%s", strerror(ENAMETOOLONG));
    memcpy(target, path, len + 1);
    text.len = (size_t)snprintf(text.bytes, sizeof(text.bytes), "%u\n", (unsigned)port);
    return write_to_target(target, text, ret_reason);
}
