#include "client/options.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "client/unix_host.h"

/* Holds the longest reply of a server with the default limits, which is one value of 1 GiB. */
#define ANSWER_BYTES_MAX ((size_t)2 << 30)

void tcpstore_client_options_init(struct tcpstore_client_options *options)
{
    *options = (struct tcpstore_client_options){
        .host = "127.0.0.1",
        .port = 29500,
        .connect_timeout_ms = 300000,
        .timeout_ms = 300000,
        .key_prefix = "/",
        .answer_bytes_max = ANSWER_BYTES_MAX,
        .cancel_fd = -1};
}

int client_options_check(
    const struct tcpstore_client_options *options, struct tcpstore_error *error)
{
    struct sockaddr_un ignored;

    if (options->host == NULL || options->key_prefix == NULL)
        return error_set(error, TCPSTORE_EINVAL, "host and key_prefix must not be NULL");
    if (host_is_unix(options->host) && !host_unix_address(options->host, &ignored))
        return error_set(
            error, TCPSTORE_EINVAL,
            "host %.40s: the path of a Unix socket has 1 to %zu bytes, got %zu", options->host,
            sizeof(ignored.sun_path) - 1, strlen(options->host) - strlen("unix:"));
    if (options->port == 0)
        return error_set(error, TCPSTORE_EINVAL, "port: expected 1 to 65535, got 0");
    if (options->connect_timeout_ms < 0)
        return error_set(
            error, TCPSTORE_EINVAL, "connect_timeout_ms: expected 0 or more, got %d",
            (int)options->connect_timeout_ms);
    if (options->timeout_ms < 0)
        return error_set(
            error, TCPSTORE_EINVAL, "timeout_ms: expected 0 or more, got %d",
            (int)options->timeout_ms);
    if (options->answer_bytes_max == 0)
        return error_set(error, TCPSTORE_EINVAL, "answer_bytes_max: expected 1 or more, got 0");
    return 0;
}

char *client_options_server(const struct tcpstore_client_options *options)
{
    const char *host = options->host;
    size_t room = strlen(host) + sizeof("[]:65535");
    char *name = host_is_unix(host) ? strdup(host) : malloc(room);

    if (name != NULL && !host_is_unix(host))
        snprintf(
            name, room, strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host,
            (unsigned)options->port);
    return name;
}
