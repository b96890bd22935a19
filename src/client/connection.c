#include "client/connection.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "client/monotonic.h"
#include "client/options.h"

static int init_lock(struct connection *connection)
{
    pthread_condattr_t attributes;
    int status = pthread_condattr_init(&attributes);

    if (status)
        return status;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    status = pthread_cond_init(&connection->unlocked, &attributes);
    pthread_condattr_destroy(&attributes);
    if (status)
        return status;
    status = pthread_mutex_init(&connection->mutex, NULL);
    if (status)
        pthread_cond_destroy(&connection->unlocked);
    return status;
}

static void done_lock(struct connection *connection)
{
    pthread_mutex_destroy(&connection->mutex);
    pthread_cond_destroy(&connection->unlocked);
}

static void init_members(
    struct connection *connection, const struct tcpstore_client_options *options)
{
    connection->handles = 1;
    connection->timeout_ms = options->timeout_ms;
    connection->answer_bytes_max = options->answer_bytes_max;
    connection->flight.values.bytes_max = options->answer_bytes_max;
    connection->target = (struct target){
        .host = connection->host,
        .port = options->port,
        .server = connection->server,
        .timeout_ms = options->connect_timeout_ms,
        .keep_trying = options->keep_trying,
        .keep_trying_context = options->keep_trying_context,
        .cancel_fd = options->cancel_fd,
        .tls = connection->tls};
}

static int init_tls(
    struct connection *connection, const struct tcpstore_client_options *options,
    struct tcpstore_error *error)
{
    const struct tls_files files = {
        options->tls_cert, options->tls_key, options->tls_ca, options->secret_file};

    if (!tls_files_are_given(&files))
        return 0;
    return tls_transport_new(&files, options->host, error, &connection->tls);
}

static void connection_free(struct connection *connection)
{
    transport_close(&connection->transport);
    tls_transport_free(connection->tls);
    flight_done(&connection->flight);
    done_lock(connection);
    free(connection->server);
    free(connection->host);
    free(connection);
}

int connection_new(
    const struct tcpstore_client_options *options, struct tcpstore_error *error,
    struct connection **ret_connection)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    int code;

    if (connection == NULL)
        goto fail;
    connection->host = strdup(options->host);
    if (connection->host == NULL)
        goto fail_host;
    connection->server = client_options_server(options);
    if (connection->server == NULL)
        goto fail_server;
    if (init_lock(connection))
        goto fail_lock;
    connection->transport.fd = -1;
    code = init_tls(connection, options, error);
    if (code) {
        connection_free(connection);
        return code;
    }
    init_members(connection, options);
    code = connect_to(&connection->target, monotonic_now(), &connection->transport, error);
    if (code) {
        connection_free(connection);
        return code;
    }
    *ret_connection = connection;
    return 0;

fail_lock:
    free(connection->server);
fail_server:
    free(connection->host);
fail_host:
    free(connection);
fail:
    return error_set(error, TCPSTORE_ENOMEM, "connect to %s: out of memory", options->host);
}

void connection_ref(struct connection *connection)
{
    pthread_mutex_lock(&connection->mutex);
    connection->handles++;
    pthread_mutex_unlock(&connection->mutex);
}

void connection_unref(struct connection *connection)
{
    unsigned left;

    pthread_mutex_lock(&connection->mutex);
    left = --connection->handles;
    pthread_mutex_unlock(&connection->mutex);
    if (left == 0)
        connection_free(connection);
}

bool connection_lock(struct connection *connection, int64_t deadline)
{
    struct timespec until = timespec_of_ns(deadline);
    int status = 0;
    bool was_locked;

    pthread_mutex_lock(&connection->mutex);
    while (connection->locked && status == 0)
        status = pthread_cond_timedwait(&connection->unlocked, &connection->mutex, &until);
    was_locked = connection->locked;
    connection->locked = true;
    pthread_mutex_unlock(&connection->mutex);
    return !was_locked;
}

void connection_unlock(struct connection *connection)
{
    flight_clear(&connection->flight);
    pthread_mutex_lock(&connection->mutex);
    connection->locked = false;
    pthread_cond_signal(&connection->unlocked);
    pthread_mutex_unlock(&connection->mutex);
}

bool connection_is_lost(const struct connection *connection)
{
    return !transport_is_open(&connection->transport);
}

void connection_close(struct connection *connection, const char *reason)
{
    snprintf(connection->lost_reason, sizeof(connection->lost_reason), "%s", reason);
    transport_close(&connection->transport);
}
