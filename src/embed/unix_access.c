#include "embed/unix_access.h"

#include <stdio.h>
#include <unistd.h>

#include "server/options.h"

void unix_access_init(
    struct unix_access *access, struct keyspace *first,
    const struct tcpstore_server_options *options)
{
    if (options->unix_path == NULL)
        return;
    access->is_open = true;
    keyspace_init_acceptor(first, &access->acceptor);
}

int unix_access_listen(
    struct unix_access *access, const struct tcpstore_server_options *options,
    struct tcpstore_error *error)
{
    const struct unix_file file = unix_file_of(options);
    char text[LISTEN_TEXT_MAX];
    int code;

    if (!access->is_open)
        return 0;
    code = unix_socket_listen(&file, error, &access->socket);
    if (code)
        return code;
    snprintf(text, sizeof(text), "unix:%s", access->socket.path);
    code = acceptor_take(&access->acceptor, access->socket.fd, text, error);
    if (code == 0) {
        access->is_listening = true;
        return 0;
    }
    unix_socket_remove_file(&access->socket);
    close(access->socket.fd);
    return code;
}

int unix_access_start(struct unix_access *access, struct tcpstore_error *error)
{
    return access->is_open ? acceptor_start(&access->acceptor, error) : 0;
}

const char *unix_access_path(const struct unix_access *access)
{
    return access->is_listening ? access->socket.path : NULL;
}

void unix_access_close(struct unix_access *access)
{
    if (!access->is_open)
        return;
    if (access->is_listening)
        unix_socket_remove_file(&access->socket);
    acceptor_close(&access->acceptor);
}

void unix_access_done(struct unix_access *access)
{
    if (access->is_open)
        acceptor_done(&access->acceptor);
}
