/*
 * Happy path: what the path names decides how the port gets there. A regular file, or none yet,
 * is replaced; a descriptor, a FIFO or a character device is written to.
 *
 * Ways to fail, each with a reason: the file cannot be created; it cannot be written, such as a
 * directory, or not at once, such as a full pipe. A FIFO without a reader is no failure: it
 * gets the port when a reader opens it.
 */
#include "tcpstored/port_file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/quantity.h"
#include "tcpstored/fifo.h"
#include "tcpstored/links.h"
#include "tcpstored/log.h"
#include "tcpstored/replace_file.h"

enum { LINKS_MAX = 40 /* as the kernel's */ };

struct text {
    char bytes[sizeof("65535\n")];
    size_t len;
};

/* Returns -1. */
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
 * the name would give a regular file a second position, and the first line would overwrite the
 * port. */
static int descriptor_named(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    uint64_t number;

    if (strcmp(path, "/dev/stdout") == 0)
        return STDOUT_FILENO;
    if (strcmp(path, "/dev/stderr") == 0)
        return STDERR_FILENO;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        size_t len = strlen(folders[i]);

        if (strncmp(path, folders[i], len) == 0 &&
            quantity_parse_number(path + len, &number) == 0 && number <= INT_MAX)
            return (int)number;
    }
    return -1;
}

/* A pipe or terminal that poll reports as writable takes these few bytes at once. Returns 0 or
 * an errno. */
static int write_now(int fd, struct text text)
{
    struct pollfd look = {.fd = fd, .events = POLLOUT};

    if (poll(&look, 1, 0) == 0)
        return EAGAIN;
    return write(fd, text.bytes, text.len) < 0 ? errno : 0;
}

/* 0 is no error. */
static int refuse_unwritten(int error, char ret_reason[PORT_FILE_REASON_SIZE])
{
    if (error == 0)
        return 0;
    if (error == EAGAIN)
        return refuse(ret_reason, "it takes no output just now; let its reader read on");
    return refuse(ret_reason, "cannot write to it: %s", strerror(error));
}

/* Only the descriptors that the process was started with lack FD_CLOEXEC. */
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

static int write_later(
    const char *path, struct text text, char ret_reason[PORT_FILE_REASON_SIZE])
{
    log_event(
        TCPSTORE_LOG_INFO,
        "event=port-file-waits reason=\"the FIFO has no reader; it gets the port when a "
        "reader opens it\"");
    if (fifo_write_later(path, text.bytes, text.len))
        return refuse(ret_reason, "cannot wait for its reader: %s", strerror(errno));
    return 0;
}

static int write_through(
    const char *path, mode_t type, struct text text, char ret_reason[PORT_FILE_REASON_SIZE])
{
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    int error;

    if (fd < 0 && errno == ENXIO && type == S_IFIFO)
        return write_later(path, text, ret_reason);
    if (fd < 0)
        return refuse(ret_reason, "cannot open it: %s", strerror(errno));
    error = write_now(fd, text);
    close(fd);
    if (error == EPIPE && type == S_IFIFO) /* its reader has just left */
        return write_later(path, text, ret_reason);
    return refuse_unwritten(error, ret_reason);
}

static int write_by_type(
    const char *path, mode_t type, struct text text, char ret_reason[PORT_FILE_REASON_SIZE])
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

/* A link may lead to the name of a descriptor, such as /dev/stdout. */
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
                ret_reason, "cannot look at it: %s; name a file that you may write to",
                strerror(errno));
        if (code != LINK_FOLLOWED)
            return write_by_type(path, type, text, ret_reason);
    }
    return refuse(ret_reason, "its symbolic links lead in a circle; name another file");
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
