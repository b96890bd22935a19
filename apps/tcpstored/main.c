/*
 * The daemon. Happy path: read the flags, settle the limits, listen or take the socket that is
 * handed over, write the port file, say where, serve until SIGTERM or SIGINT, status 0.
 *
 * Ways to fail, each said on stderr: a wrong command line, or several sockets handed over,
 * status 2; no place to listen, a port file that cannot be written, an event loop that cannot
 * start, status 1.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <tcpstore/server.h>
#include <tcpstore/version.h>

#include "common/standard_streams.h"
#include "tcpstored/announce.h"
#include "tcpstored/limits.h"
#include "tcpstored/log.h"
#include "tcpstored/notify.h"
#include "tcpstored/options.h"
#include "tcpstored/port_file.h"
#include "tcpstored/signals.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

/* A large value that goes makes room for the next one, where it would be given back to the
 * kernel and asked for again page by page: a sixth more values of 8 MiB a second. What is free
 * beyond that much is given back. */
static void keep_freed_memory(void)
{
#ifdef __GLIBC__
    enum { KEPT = 32 << 20 }; /* bytes; the most that M_MMAP_THRESHOLD takes */

    mallopt(M_MMAP_THRESHOLD, KEPT);
    mallopt(M_TRIM_THRESHOLD, KEPT);
#endif
}

static int end_of_output(void)
{
    if (fflush(stdout)) {
        fprintf(stderr, "tcpstored: cannot write to stdout: %s\n", strerror(errno));
        return STATUS_FAILED;
    }
    return STATUS_OK;
}

static int write_port_file(const char *path, uint16_t port)
{
    if (port_file_write(path, port) == 0)
        return 0;
    fprintf(
        stderr,
        "tcpstored: --port-file %s: cannot write it: %s; "
        "name a file in a directory that exists and that you may write to\n",
        path, strerror(errno));
    return -1;
}

static int run(struct tcpstore_server *server, const struct options *options)
{
    struct tcpstore_error error;

    if (options->port_file != NULL &&
        write_port_file(options->port_file, tcpstore_server_port(server)))
        return STATUS_FAILED;
    if (announce(server, options))
        log_event(TCPSTORE_LOG_WARN, "event=stdout-refused reason=\"%s\"", strerror(errno));
    notify("READY=1");
    if (tcpstore_server_run(server, &error)) {
        fprintf(stderr, "tcpstored: %s\n", error.text);
        return STATUS_FAILED;
    }
    notify("STOPPING=1");
    log_event(TCPSTORE_LOG_INFO, "event=stopping signal=%s", signals_last());
    return STATUS_OK;
}

static int serve(struct options *options)
{
    struct tcpstore_error error;
    struct tcpstore_server *server;
    int status;

    keep_freed_memory();
    signals_hold();
    limits_settle(options->max_clients, &options->server.limits);
    if (tcpstore_server_new(&options->server, &error, &server)) {
        fprintf(stderr, "tcpstored: %s\n", error.text);
        return STATUS_FAILED;
    }
    signals_stop(server);
    status = run(server, options);
    signals_hold();
    tcpstore_server_free(server);
    if (status == STATUS_OK)
        log_event(TCPSTORE_LOG_INFO, "event=stopped");
    return status;
}

int main(int argc, char **argv)
{
    struct options options;

    signal(SIGPIPE, SIG_IGN);
    if (standard_streams_fill("tcpstored"))
        return STATUS_FAILED;
    if (options_parse(argc, argv, &options))
        return STATUS_USAGE;
    if (options.help) {
        options_print_help();
        return end_of_output();
    }
    if (options.version) {
        printf("tcpstored %s\n", TCPSTORE_VERSION);
        return end_of_output();
    }
    log_set_level(options.server.log_level);
    return serve(&options);
}
