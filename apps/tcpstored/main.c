/*
 * The daemon. Happy path: read the flags, settle the limits, listen or take the socket that is
 * handed over, write the port file, say where, serve until SIGTERM, SIGINT or SIGHUP, status 0.
 *
 * Ways to fail, each said on stderr: a wrong command line, or several sockets handed over,
 * status 2; no place to listen, a port file that cannot be written, an event loop that cannot
 * start, status 1.
 */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include <tcpstore/server.h>
#include <tcpstore/version.h>

#include "common/standard_streams.h"
#include "tcpstored/announce.h"
#include "tcpstored/background.h"
#include "tcpstored/last_words.h"
#include "tcpstored/limits.h"
#include "tcpstored/log.h"
#include "tcpstored/notify.h"
#include "tcpstored/options.h"
#include "tcpstored/port_file.h"
#include "tcpstored/signals.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

enum {
    STOP_SECONDS = 1 /* the longest that a stop waits for readers of the log and of stdout */
};

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
    char reason[PORT_FILE_REASON_SIZE];

    if (port_file_write(path, port, reason) == 0)
        return 0;
    log_failure("--port-file %s: %s", path, reason);
    return -1;
}

static int run(struct tcpstore_server *server, const struct options *options)
{
    struct tcpstore_error error;

    if (options->port_file != NULL &&
        write_port_file(options->port_file, tcpstore_server_port(server)))
        return STATUS_FAILED;
    announce(server, options);
    notify("READY=1");
    if (tcpstore_server_run(server, &error)) {
        log_failure("%s", error.text);
        return STATUS_FAILED;
    }
    notify("STOPPING=1");
    log_event(TCPSTORE_LOG_INFO, "event=stopping signal=%s", signals_last());
    return STATUS_OK;
}

/* The exit frees the store at once. Key by key it took 8 s where small keys filled 860 MB,
 * which is more than some service managers wait; only a search for leaks needs that. */
static void free_for_leak_search(struct tcpstore_server *server)
{
#ifdef LEAK_SEARCH
    tcpstore_server_free(server);
#else
    (void)server;
#endif
}

static int serve(struct options *options)
{
    struct tcpstore_error error;
    struct tcpstore_server *server;
    int status;

    keep_freed_memory();
    signals_hold();
    last_words_install();
    announce_start(options);
    limits_settle(options->max_clients, &options->server.limits);
    if (tcpstore_server_new(&options->server, &error, &server)) {
        log_failure("%s", error.text);
        return STATUS_FAILED;
    }
    signals_stop(server);
    status = run(server, options);
    signals_hold();
    free_for_leak_search(server);
    if (status == STATUS_OK)
        log_event(TCPSTORE_LOG_INFO, "event=stopped");
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    int status;
    int error;

    signals_init();
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
    error = log_start(options.server.log_level);
    if (error) {
        fprintf(
            stderr,
            "tcpstored: no thread for the log: %s; raise the limit: of tasks, ulimit -u or the "
            "control group's pids.max, or of memory, ulimit -d or -v\n",
            strerror(error));
        return STATUS_FAILED;
    }
    status = serve(&options);
    log_end();
    background_wait(STOP_SECONDS);
    return status;
}
