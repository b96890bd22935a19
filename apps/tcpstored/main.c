/*
 * The daemon. Happy path: parse the flags, apply the limits, listen or take the inherited
 * socket, write the port file, print the addresses, serve until SIGTERM, SIGINT or SIGHUP, exit
 * with 0. With TLS, SIGHUP reads its files again. SIGUSR1 writes the record of operations,
 * SIGUSR2 drains.
 *
 * `tcpstored keygen` makes a secret instead.
 *
 * Ways to fail, each reported on stderr: a wrong command line or several inherited sockets
 * (exit status 2); an address that cannot be listened on, a port file that cannot be written,
 * an event loop that cannot start (exit status 1).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <tcpstore/server.h>
#include <tcpstore/version.h>

#include "common/standard_streams.h"
#include "tcpstored/announce.h"
#include "tcpstored/background.h"
#include "tcpstored/fatal_signals.h"
#include "tcpstored/keygen.h"
#include "tcpstored/limits.h"
#include "tcpstored/log.h"
#include "tcpstored/options.h"
#include "tcpstored/port_file.h"
#include "tcpstored/record_file.h"
#include "tcpstored/signals.h"
#include "tcpstored/systemd.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2 };

enum { STOP_SECONDS = 1 /* longest wait at exit for the readers of the log and of stdout */ };

static int flush_output(void)
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
    systemd_notify("READY=1");
    if (tcpstore_server_run(server, &error)) {
        log_failure("%s", error.text);
        return STATUS_FAILED;
    }
    systemd_notify("STOPPING=1");
    if (signals_last() != NULL)
        log_print(TCPSTORE_LOG_INFO, "event=stopping signal=%s", signals_last());
    else
        log_print(TCPSTORE_LOG_INFO, "event=stopping reason=\"the last client has left\"");
    return STATUS_OK;
}

/* Process exit frees the store immediately. Freeing 860 MB of small keys one by one took 8 s,
 * longer than some service managers wait; only the leak search needs it. */
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

    if (options->server.tls_cert != NULL || options->server.secret_file != NULL)
        signals_reload_by_hangup();
    signals_block();
    fatal_signals_install();
    announce_start(options);
    if (record_file_init(options->record_file)) {
        log_failure("--record-file: %s", strerror(errno));
        return STATUS_FAILED;
    }
    limits_apply(options->max_clients, &options->server.limits);
    if (tcpstore_server_new(&options->server, &error, &server)) {
        log_failure("%s", error.text);
        return STATUS_FAILED;
    }
    record_file_set_server(server);
    signals_unblock_for(server);
    status = run(server, options);
    signals_block();
    record_file_set_server(NULL);
    record_file_wait(STOP_SECONDS);
    if (status != STATUS_OK) {
        tcpstore_server_free(server); /* nothing is stored yet; its Unix socket has to go */
        return status;
    }
    free_for_leak_search(server);
    log_print(TCPSTORE_LOG_INFO, "event=stopped");
    return STATUS_OK;
}

int main(int argc, char **argv)
{
    struct options options;
    int status;
    int error;

    signals_init();
    if (standard_streams_fill("tcpstored"))
        return STATUS_FAILED;
    if (argc > 1 && strcmp(argv[1], "keygen") == 0)
        return keygen(argc - 2, argv + 2);
    if (options_parse(argc, argv, &options))
        return STATUS_USAGE;
    if (options.help) {
        options_print_help();
        return flush_output();
    }
    if (options.version) {
        printf("tcpstored %s\n", TCPSTORE_VERSION);
        return flush_output();
    }
    error = log_start(options.server.log_level);
    if (error) {
        fprintf(
            stderr,
            "tcpstored: cannot start the log's thread: %s; raise the limit of tasks (ulimit "
            "-u, "
            "the control group's pids.max) or of memory (ulimit -d, ulimit -v)\n",
            strerror(error));
        return STATUS_FAILED;
    }
    status = serve(&options);
    log_end();
    background_wait(STOP_SECONDS);
    return status;
}
