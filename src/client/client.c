/* The life of a handle: options, connect, clone, prefix, reconnect, free. */
#include "client/perform.h"

#include <stdlib.h>

#include "base/error.h"
#include "client/options.h"

/* Its prefix is all `parts` in a row. The caller counts the handle in the connection. */
static struct tcpstore_client *make_handle(
    struct connection *connection, bool nested, const struct span *parts, size_t count)
{
    struct tcpstore_client *client;
    size_t len = 0;
    uint8_t *at;

    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    client = malloc(sizeof(*client) + len);
    if (client == NULL)
        return NULL;
    client->connection = connection;
    client->nested = nested;
    client->prefix_len = len;
    at = client->prefix;
    for (size_t i = 0; i < count; i++)
        at = span_copy(at, parts[i]);
    return client;
}

static int fail_without_memory(
    const struct connection *connection, struct tcpstore_error *error)
{
    return error_set(
        error, TCPSTORE_ENOMEM, "out of memory for a handle on %s", connection->server);
}

static int connect_handle(
    const struct tcpstore_client_options *options, bool nested, struct span prefix,
    struct tcpstore_error *error, struct tcpstore_client **ret_client)
{
    struct connection *connection;
    struct tcpstore_client *client;
    int code = connection_new(options, error, &connection);

    if (code)
        return code;
    client = make_handle(connection, nested, &prefix, 1);
    if (client == NULL) {
        code = fail_without_memory(connection, error);
        connection_unref(connection);
        return code;
    }
    *ret_client = client;
    return 0;
}

int tcpstore_client_connect(
    const struct tcpstore_client_options *options, struct tcpstore_error *error,
    struct tcpstore_client **ret_client)
{
    int code = client_options_check(options, error);

    *ret_client = NULL;
    if (code)
        return code;
    return connect_handle(
        options, false, span_of(options->key_prefix, strlen(options->key_prefix)), error,
        ret_client);
}

static struct tls_files files_of(const struct connection *connection)
{
    struct tls_files none = {.secrets = NULL};

    return connection->tls == NULL ? none : tls_transport_files(connection->tls);
}

int tcpstore_client_clone(
    struct tcpstore_client *client, struct tcpstore_error *error,
    struct tcpstore_client **ret_client)
{
    const struct connection *connection = client->connection;
    const struct tls_files files = files_of(connection);
    const struct tcpstore_client_options options = {
        .host = connection->host,
        .port = connection->target.port,
        .tls_cert = files.certificate,
        .tls_key = files.key,
        .tls_ca = files.authorities,
        .secret_file = files.secrets,
        .connect_timeout_ms = connection->target.timeout_ms,
        .keep_trying = connection->target.keep_trying,
        .keep_trying_context = connection->target.keep_trying_context,
        .timeout_ms = connection->timeout_ms,
        .answer_bytes_max = connection->answer_bytes_max,
        .cancel_fd = connection->target.cancel_fd};

    *ret_client = NULL;
    return connect_handle(&options, client->nested, client_prefix(client), error, ret_client);
}

int tcpstore_client_prefix(
    struct tcpstore_client *client, const char *name, struct tcpstore_error *error,
    struct tcpstore_client **ret_client)
{
    const struct span parts[] = {
        client_prefix(client), span_of(name, strlen(name)), span_of("/", 1)};
    struct tcpstore_client *prefixed = make_handle(client->connection, true, parts, 3);

    *ret_client = NULL;
    if (prefixed == NULL)
        return fail_without_memory(client->connection, error);
    connection_ref(client->connection);
    *ret_client = prefixed;
    return 0;
}

int tcpstore_client_reconnect(struct tcpstore_client *client, struct tcpstore_error *error)
{
    struct connection *connection = client->connection;
    struct operation operation = {.verb = "reconnect"};
    int code = perform_lock(&operation, client, connection->target.timeout_ms, error);

    if (code)
        return code;
    operation.error = NULL; /* a lost connection is none here */
    if (perform_check_connection(&operation))
        code = connect_to(&connection->target, operation.begun, &connection->transport, error);
    return perform_end(&operation, code);
}

const char *tcpstore_client_server(const struct tcpstore_client *client)
{
    return client->connection->server;
}

void tcpstore_client_free(struct tcpstore_client *client)
{
    if (client == NULL)
        return;
    connection_unref(client->connection);
    free(client);
}
