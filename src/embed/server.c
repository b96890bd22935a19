/* A server's life: created, run in the caller's thread or in its own, stopped, freed. */
#include <tcpstore/server.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "embed/parts.h"
#include "server/descriptors.h"
#include "server/options.h"

static int create(
    const struct tcpstore_server_options *options, struct tcpstore_error *error,
    struct tcpstore_server **ret_server)
{
    struct tcpstore_server *server;
    int code = limits_check(&options->limits, error);

    *ret_server = NULL;
    if (code == 0)
        code = jobs_check(options, error);
    if (code == 0)
        code = descriptors_check(error);
    if (code)
        return code;
    descriptors_reserve(options->limits.clients);
    server = calloc(1, sizeof(*server));
    if (server == NULL)
        return error_set(error, TCPSTORE_ENOMEM, "out of memory for a server");
    atomic_flag_clear(&server->used);
    code = parts_init(server, options, error);
    if (code) {
        free(server);
        return code;
    }
    code = parts_listen(server, options, error);
    if (code) {
        tcpstore_server_free(server);
        return code;
    }
    *ret_server = server;
    return 0;
}

int tcpstore_server_new(
    const struct tcpstore_server_options *options, struct tcpstore_error *error,
    struct tcpstore_server **ret_server)
{
    struct held_descriptors held;
    int code;

    descriptors_hold(&held);
    code = create(options, error, ret_server);
    descriptors_release(&held);
    return code;
}

uint16_t tcpstore_server_port(const struct tcpstore_server *server)
{
    return address_port(&server->first.acceptor.sockets.list[0].address);
}

size_t tcpstore_server_address_count(const struct tcpstore_server *server)
{
    return server->first.acceptor.sockets.count;
}

const char *tcpstore_server_address(const struct tcpstore_server *server, size_t index)
{
    return index < server->first.acceptor.sockets.count
               ? server->first.acceptor.sockets.list[index].text
               : NULL;
}

const char *tcpstore_server_http_address(const struct tcpstore_server *server)
{
    return http_access_address(&server->common.http_access);
}

const char *tcpstore_server_trunk_address(const struct tcpstore_server *server)
{
    return trunk_access_address(&server->trunk);
}

const char *tcpstore_server_unix_path(const struct tcpstore_server *server)
{
    return unix_access_path(&server->unix_access);
}

bool tcpstore_server_is_local(const struct tcpstore_server *server)
{
    for (size_t i = 0; i < server->first.acceptor.sockets.count; i++) {
        if (!address_is_loopback(&server->first.acceptor.sockets.list[i].address))
            return false;
    }
    return true;
}

static int run_loop(struct tcpstore_server *server, struct tcpstore_error *error)
{
    int code = parts_start(server, error);

    if (code)
        parts_shut_down(server);
    uv_run(&server->common.loop, UV_RUN_DEFAULT);
    return code;
}

/* Writing to a client that has disconnected raises SIGPIPE in the writing thread. A SIGPIPE
 * that is pending at the end is consumed, so that the caller does not receive it. */
static int run_without_sigpipe(struct tcpstore_server *server, struct tcpstore_error *error)
{
    const struct timespec now = {0};
    sigset_t pipe, before, pending;
    int code;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    code = run_loop(server, error);
    if (!sigismember(&pending, SIGPIPE))
        sigtimedwait(&pipe, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

static int mark_used(struct tcpstore_server *server, struct tcpstore_error *error)
{
    if (atomic_flag_test_and_set(&server->used))
        return error_set(
            error, TCPSTORE_ESTATE, "this server has run already; create a new one");
    return 0;
}

int tcpstore_server_run(struct tcpstore_server *server, struct tcpstore_error *error)
{
    int code = mark_used(server, error);

    return code ? code : run_without_sigpipe(server, error);
}

static void *run_thread(void *argument)
{
    struct tcpstore_server *server = argument;

    uv_run(&server->common.loop, UV_RUN_DEFAULT);
    return NULL;
}

static int start_thread(struct tcpstore_server *server, struct tcpstore_error *error)
{
    sigset_t all, before;
    int status;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    status = pthread_create(&server->thread, NULL, run_thread, server);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (status)
        return error_set(error, TCPSTORE_ESYSTEM, "thread: %s", strerror(status));
    server->has_thread = true;
    pthread_setname_np(server->thread, "tcpstore");
    return 0;
}

int tcpstore_server_start(struct tcpstore_server *server, struct tcpstore_error *error)
{
    int code = mark_used(server, error);

    if (code)
        return code;
    code = parts_start(server, error);
    return code ? code : start_thread(server, error);
}

void tcpstore_server_stop(struct tcpstore_server *server)
{
    server->is_stop_wanted = true;
    uv_async_send(&server->request);
}

void tcpstore_server_drain(struct tcpstore_server *server)
{
    server->is_drain_wanted = true;
    uv_async_send(&server->request);
}

void tcpstore_server_reload(struct tcpstore_server *server)
{
    server->is_reload_wanted = true;
    uv_async_send(&server->request);
}

void tcpstore_server_record(struct tcpstore_server *server)
{
    recorder_ask(&server->common.recorder);
}

int64_t tcpstore_server_dump(struct tcpstore_server *server, int fd)
{
    return recorder_dump(&server->common.recorder, fd);
}

void tcpstore_server_free(struct tcpstore_server *server)
{
    if (server == NULL)
        return;
    if (server->has_thread) {
        tcpstore_server_stop(server);
        pthread_join(server->thread, NULL);
    }
    parts_done(server);
    free(server);
}
