/*
 * Happy path: no file is there; bind creates it, chmod and chown change it, listen. Before
 * listen, the kernel refuses every connection, so nobody connects by a mode that the umask has
 * made.
 *
 * Failures: the path is too long; its directory does not exist or may not be written; another
 * kind of file is there, or a socket on which a program listens, or which cannot be asked; the
 * owner may not be given. Whatever was created is removed. A socket on which nobody listens was
 * left by a program that was killed: it is replaced.
 */
#include "server/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"

enum {
    BACKLOG = 65535, /* the kernel lowers it to net.core.somaxconn */
    MODE_MAX = 0777,
    LINK_MAX = 64,
};

int unix_file_check(const struct unix_file *file, struct tcpstore_error *error)
{
    size_t len = strlen(file->path);

    if (len == 0)
        return error_set(error, TCPSTORE_EINVAL, "unix: the path is empty");
    if (len >= UNIX_PATH_SIZE)
        return error_set(
            error, TCPSTORE_EINVAL,
            "unix %.40s...: the path has %zu bytes, a Unix socket can have %d; choose a "
            "shorter "
            "one",
            file->path, len, UNIX_PATH_SIZE - 1);
    if (file->mode > MODE_MAX)
        return error_set(
            error, TCPSTORE_EINVAL, "unix-mode %o: expected permissions, 0 to 777",
            (unsigned)file->mode);
    return 0;
}

/* `step` is what was refused. */
static int fail(
    struct tcpstore_error *error, const char *path, const char *step, int system_error)
{
    int code =
        system_error == EACCES || system_error == EPERM ? TCPSTORE_EACCESS : TCPSTORE_ESYSTEM;

    return error_set(error, code, "unix %s: %s: %s", path, step, strerror(system_error));
}

static int fail_in_use(struct tcpstore_error *error, const char *path)
{
    return error_set(
        error, TCPSTORE_EADDRINUSE,
        "unix %s: a program listens there already; stop it ('ss -xlp' shows it), or choose "
        "another path",
        path);
}

static int open_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* Connects once. Returns 0, or the errno. */
static int probe(const struct sockaddr_un *address)
{
    int fd = open_socket();
    int system_error = 0;

    if (fd < 0)
        return errno;
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)))
        system_error = errno;
    close(fd);
    return system_error;
}

/* Removes a socket on which nobody listens. Does not see another server that removes it too,
 * and has bound but does not listen yet: of two that start at the same moment on one path, one
 * may serve without a file. */
static int remove_stale(const struct sockaddr_un *address, struct tcpstore_error *error)
{
    const char *path = address->sun_path;
    struct stat status;
    int system_error;

    if (lstat(path, &status))
        return errno == ENOENT ? 0 : fail(error, path, "looking for a file there", errno);
    if (!S_ISSOCK(status.st_mode))
        return error_set(
            error, TCPSTORE_EINVAL,
            "unix %s: a file that is no socket is there; remove it, or choose another path",
            path);
    system_error = probe(address);
    if (system_error == 0 || system_error == EAGAIN)
        return fail_in_use(error, path);
    if (system_error != ECONNREFUSED)
        return fail(
            error, path, "a socket is there, and whether a program listens is unknown",
            system_error);
    if (unlink(path) && errno != ENOENT)
        return fail(error, path, "removing the socket that is left there", errno);
    return 0;
}

/* A sandbox may refuse the system call even if it changes nothing. */
static int change_owner(int fd, const struct unix_file *file)
{
    if (file->user == UNIX_OWNER_KEPT && file->group == UNIX_OWNER_KEPT)
        return 0;
    return fchownat(fd, "", file->user, file->group, AT_EMPTY_PATH);
}

/* By a descriptor of the file itself, so that nobody who may write to the directory can put a
 * link to another file in its place. Returns 0, or -1 with errno set. */
static int change_file(int fd, const struct unix_file *file, struct unix_socket *socket)
{
    char link[LINK_MAX];
    struct stat status;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    if (fstat(fd, &status) || chmod(link, file->mode) || change_owner(fd, file))
        return -1;
    socket->device = status.st_dev;
    socket->inode = status.st_ino;
    return 0;
}

static int prepare_file(
    const struct unix_file *file, struct tcpstore_error *error, struct unix_socket *socket)
{
    int fd = open(file->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int code = 0;

    if (fd < 0)
        return fail(error, file->path, "opening the new socket's file", errno);
    if (change_file(fd, file, socket))
        code = fail(error, file->path, "setting the mode and the owner", errno);
    close(fd);
    return code;
}

static int bind_and_listen(
    const struct unix_file *file, const struct sockaddr_un *address,
    struct tcpstore_error *error, struct unix_socket *socket)
{
    int code;

    if (bind(socket->fd, (const struct sockaddr *)address, sizeof(*address)))
        return errno == EADDRINUSE
                   ? fail_in_use(error, file->path)
                   : fail(
                         error, file->path,
                         "creating the socket in a directory that must exist", errno);
    code = prepare_file(file, error, socket);
    if (code == 0 && listen(socket->fd, BACKLOG))
        code = fail(error, file->path, "listening", errno);
    if (code)
        unlink(file->path);
    return code;
}

int unix_socket_listen(
    const struct unix_file *file, struct tcpstore_error *error, struct unix_socket *ret_socket)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct unix_socket socket = {.fd = -1};
    int code = unix_file_check(file, error);

    if (code)
        return code;
    memcpy(address.sun_path, file->path, strlen(file->path));
    memcpy(socket.path, address.sun_path, sizeof(socket.path));
    code = remove_stale(&address, error);
    if (code)
        return code;
    socket.fd = open_socket();
    if (socket.fd < 0)
        return fail(error, file->path, "creating the socket", errno);
    code = bind_and_listen(file, &address, error, &socket);
    if (code)
        close(socket.fd);
    else
        *ret_socket = socket;
    return code;
}

void unix_socket_remove_file(const struct unix_socket *socket)
{
    struct stat status;

    if (lstat(socket->path, &status) == 0 && status.st_dev == socket->device &&
        status.st_ino == socket->inode)
        unlink(socket->path);
}
