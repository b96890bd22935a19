/* A Unix socket that listens, and the file by which clients find it. */
#ifndef SERVER_UNIX_SOCKET_H
#define SERVER_UNIX_SOCKET_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <tcpstore/error.h>

enum { UNIX_PATH_SIZE = sizeof(((struct sockaddr_un *)0)->sun_path) /* with the terminator */ };

/* A user or group that is not to be changed. */
#define UNIX_OWNER_KEPT UINT32_MAX

struct unix_file {
    const char *path;
    uint32_t mode; /* permission bits; the umask does not apply */
    uint32_t user; /* UNIX_OWNER_KEPT: that of the process */
    uint32_t group;
};

struct unix_socket {
    int fd;
    dev_t device; /* of the file, with its inode, to know it again */
    ino_t inode;
    char path[UNIX_PATH_SIZE];
};

/* Checks the path's length and the mode. TCPSTORE_EINVAL. */
TCPSTORE_MUST_USE
int unix_file_check(const struct unix_file *file, struct tcpstore_error *error);

/*
 * Opens a non-blocking socket that listens at the path. The file has its mode and owner before
 * anybody can connect. It replaces a socket on which nobody listens any more.
 *
 * TCPSTORE_EINVAL     unix_file_check, or another kind of file is there, which stays
 * TCPSTORE_EADDRINUSE a program listens there
 * TCPSTORE_EACCESS    the process may not create the file, or give it to that owner
 * TCPSTORE_ESYSTEM
 */
TCPSTORE_MUST_USE
int unix_socket_listen(
    const struct unix_file *file, struct tcpstore_error *error, struct unix_socket *ret_socket);

/* Removes the file if it is still the socket's. Call it before the socket is closed: until then
 * no other file can have its inode. */
void unix_socket_remove_file(const struct unix_socket *socket);

#endif
