#include "tcpstored/announce.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tcpstore/version.h>

#include "common/plain.h"
#include "tcpstored/background.h"
#include "tcpstored/log.h"
#include "tcpstored/write_all.h"

enum {
    ADDRESSES_MAX = 2048 /* bytes; a longer list is cut */
};

/* `last` is between the last two. */
static const char *separator(size_t index, size_t count, const char *last)
{
    if (index == 0)
        return "";
    return index + 1 < count ? ", " : last;
}

static void print_plain(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        char shown[PLAIN_BYTE_MAX + 1];

        *plain_put(shown, *text) = '\0';
        fputs(shown, out);
    }
}

/* Whether --bind is what lets other hosts in: they have relays, a relay is for its own host,
 * and an inherited socket is bound already. */
static bool is_bind_for_others(const struct tcpstore_server_options *server)
{
    return server->listen_fd < 0 && server->trunk_address == NULL &&
           server->upstream_count == 0;
}

/* Which hosts can connect. */
static const char *describe_reach(
    const struct tcpstore_server *server, const struct options *options)
{
    if (!tcpstore_server_is_local(server))
        return options->allow.count > 0 ? "hosts in the networks of --allow"
                                        : "any host that can reach it";
    return is_bind_for_others(&options->server) ? "this host only; other hosts: --bind ::"
                                                : "this host only";
}

static void format_bind(const struct tcpstore_server_options *server, char *text, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < server->address_count && len < size; i++) {
        const char *address = server->addresses[i];
        const char *format = strchr(address, ':') != NULL ? "%s[%s]:%u" : "%s%s:%u";

        len += (size_t)snprintf(
            text + len, size - len, format, i > 0 ? "," : "", address, (unsigned)server->port);
    }
}

/* "127.0.0.1:29500,[::1]:29500", or "fd:3" for an inherited socket. */
static void format_requested(
    const struct tcpstore_server_options *server, char *text, size_t size)
{
    if (server->listen_fd >= 0)
        snprintf(text, size, "fd:%d", server->listen_fd);
    else
        format_bind(server, text, size);
}

void announce_start(const struct options *options)
{
    char addresses[ADDRESSES_MAX] = "";

    format_requested(&options->server, addresses, sizeof(addresses));
    log_print(
        TCPSTORE_LOG_INFO, "event=starting version=%s pid=%ld addresses=%s", TCPSTORE_VERSION,
        (long)getpid(), addresses);
}

static void format_upstreams(
    const struct tcpstore_server_options *server, char *text, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < server->upstream_count && len < size; i++)
        len += (size_t)snprintf(
            text + len, size - len, "%s%s", i == 0 ? " upstream=" : ",", server->upstreams[i]);
}

static void log_serving(const struct tcpstore_server *server, const struct options *options)
{
    size_t count = tcpstore_server_address_count(server);
    const char *unix_path = tcpstore_server_unix_path(server);
    const char *http = tcpstore_server_http_address(server);
    const char *trunk = tcpstore_server_trunk_address(server);
    char addresses[ADDRESSES_MAX] = "";
    char upstreams[ADDRESSES_MAX] = "";
    size_t len = 0;

    format_upstreams(&options->server, upstreams, sizeof(upstreams));
    for (size_t i = 0; i < count && len < sizeof(addresses); i++)
        len += (size_t)snprintf(
            addresses + len, sizeof(addresses) - len, "%s%s", i > 0 ? "," : "",
            tcpstore_server_address(server, i));
    log_print(
        TCPSTORE_LOG_INFO, "event=serving addresses=%s%s%s%s%s%s%s%s", addresses,
        unix_path == NULL ? "" : " unix=", unix_path == NULL ? "" : unix_path,
        http == NULL ? "" : " http=", http == NULL ? "" : http,
        trunk == NULL ? "" : " trunk=", trunk == NULL ? "" : trunk, upstreams);
}

/* Where its clients are served, and where it serves relays. */
static void print_relaying(
    FILE *out, const struct tcpstore_server *server, const struct options *options)
{
    size_t count = options->server.upstream_count;
    const char *trunk = tcpstore_server_trunk_address(server);

    for (size_t i = 0; i < count; i++) {
        fputs(i == 0 ? "; relay of the store at " : separator(i, count, " or "), out);
        print_plain(out, options->server.upstreams[i]);
    }
    if (trunk != NULL)
        fprintf(out, "; relays: trunk on %s", trunk);
    if (options->server.insecure_trunk)
        fputs("; trunks are NOT ENCRYPTED (--insecure-trunk)", out);
}

/* Returns the line, which the caller frees, or NULL with errno set. */
static char *format_line(const struct tcpstore_server *server, const struct options *options)
{
    size_t count = tcpstore_server_address_count(server);
    const char *unix_path = tcpstore_server_unix_path(server);
    size_t all = count + (unix_path != NULL);
    char *line = NULL;
    size_t len;
    FILE *out = open_memstream(&line, &len);

    if (out == NULL)
        return NULL;
    fprintf(out, "serving on ");
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s", separator(i, all, " and "), tcpstore_server_address(server, i));
    if (unix_path != NULL)
        fprintf(out, "%sunix:%s", separator(count, all, " and "), unix_path);
    fprintf(out, ", %s", describe_reach(server, options));
    print_relaying(out, server, options);
    fputs("\n", out);
    if (fclose(out)) {
        free(line);
        return NULL;
    }
    return line;
}

static void log_stdout_refused(int error)
{
    log_print(TCPSTORE_LOG_WARN, "event=stdout-refused reason=\"%s\"", strerror(error));
}

static void write_line(void *context)
{
    char *line = context;
    size_t len = strlen(line);

    if (write_all(STDOUT_FILENO, line, len) < len)
        log_stdout_refused(errno);
    free(line);
}

/* A pipe or terminal that poll reports as writable takes a line without blocking. */
static bool stdout_is_writable(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

    return poll(&output, 1, 0) == 1;
}

void announce(const struct tcpstore_server *server, const struct options *options)
{
    char *line = format_line(server, options);
    int error = line == NULL ? errno : background_start(write_line, line);

    log_serving(server, options);
    if (error == 0)
        return;
    if (line != NULL && stdout_is_writable()) {
        write_line(line);
        return;
    }
    log_stdout_refused(error);
    free(line);
}
