#include "tcpstored/announce.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tcpstored/background.h"
#include "tcpstored/log.h"
#include "tcpstored/write_all.h"

static const char *separator(size_t index, size_t count)
{
    if (index == 0)
        return "";
    return index + 1 < count ? ", " : " and ";
}

/* A socket that was handed over cannot be opened up by --bind. */
static const char *reach(const struct tcpstore_server *server, const struct options *options)
{
    bool own_socket = options->server.listen_fd < 0;

    if (!tcpstore_server_is_local(server))
        return options->allow.count > 0 ? "hosts in the networks of --allow"
                                        : "any host that can reach it";
    return own_socket ? "this host only; other hosts: --bind ::" : "this host only";
}

/* Returns the line, to be freed, or NULL with errno set. */
static char *format(const struct tcpstore_server *server, const struct options *options)
{
    size_t count = tcpstore_server_address_count(server);
    char *line = NULL;
    size_t len;
    FILE *out = open_memstream(&line, &len);

    if (out == NULL)
        return NULL;
    fprintf(out, "serving on ");
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s", separator(i, count), tcpstore_server_address(server, i));
    fprintf(out, ", %s\n", reach(server, options));
    if (fclose(out)) {
        free(line);
        return NULL;
    }
    return line;
}

static void log_refused(int error)
{
    log_event(TCPSTORE_LOG_WARN, "event=stdout-refused reason=\"%s\"", strerror(error));
}

static void write_line(void *context)
{
    char *line = context;
    size_t len = strlen(line);

    if (write_all(STDOUT_FILENO, line, len) < len)
        log_refused(errno);
    free(line);
}

void announce(const struct tcpstore_server *server, const struct options *options)
{
    char *line = format(server, options);
    int error = line == NULL ? errno : background_start(write_line, line);

    if (error) {
        log_refused(error);
        free(line);
    }
}
