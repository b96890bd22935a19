/*
 * Happy path: connect at once, or keep the connection of the last command.
 *
 * Ways to fail: no server answers, at once or, with --wait, within --timeout. A connection that
 * was lost is made again.
 */
#include "tcpstore-cli/connection.h"

#include <unistd.h>

#include "common/quantity.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/terminal.h"
#include "tcpstore-cli/unreachable.h"

static void announce(const struct connection *connection, const char *reason)
{
    char server[ENDPOINT_TEXT_SIZE];
    char seconds[QUANTITY_TEXT_SIZE];

    if (!isatty(STDERR_FILENO))
        return;
    quantity_format_seconds((uint64_t)connection->connect_ms, seconds);
    escape_print(
        stderr, "%s: %s; trying for %s s, Ctrl-C ends it\n",
        endpoint_describe(&connection->options.server, server), reason, seconds);
}

static bool keep_trying(void *context, const char *reason)
{
    struct connection *connection = context;

    if (!connection->options.wait)
        return false;
    if (!connection->announced)
        announce(connection, reason);
    connection->announced = true;
    return true;
}

static int connect_first(struct connection *connection, struct tcpstore_error *error)
{
    struct tcpstore_client_options options;

    tcpstore_client_options_init(&options);
    options.host = connection->options.server.host;
    options.port = (uint16_t)connection->options.server.port;
    options.secret_file = connection->options.secret_file;
    options.tls_cert = connection->options.tls_cert;
    options.tls_key = connection->options.tls_key;
    options.tls_ca = connection->options.tls_ca;
    options.connect_timeout_ms = connection->connect_ms;
    options.timeout_ms = connection->timeout_ms;
    options.keep_trying = keep_trying;
    options.keep_trying_context = connection;
    options.cancel_fd = interrupt_descriptor();
    options.key_prefix = ""; /* naming.c makes the keys */
    return tcpstore_client_connect(&options, error, &connection->client);
}

/* The timeouts of a client are fixed when it is made: other ones need another client. */
static void set_timeouts(struct connection *connection, const struct options *options)
{
    if (connection->client != NULL && connection->timeout_ms != options_timeout_ms(options)) {
        tcpstore_client_free(connection->client);
        connection->client = NULL;
    }
    connection->connect_ms = options_connect_ms(options);
    connection->timeout_ms = options_timeout_ms(options);
}

enum status connection_open(struct connection *connection, const struct options *options)
{
    struct tcpstore_error error;
    int code;

    connection->announced = false;
    set_timeouts(connection, options);
    code = connection->client != NULL ? tcpstore_client_reconnect(connection->client, &error)
                                      : connect_first(connection, &error);
    connection->unreachable = code != 0;
    return code ? unreachable_report(&connection->options, &error) : STATUS_OK;
}

void connection_done(struct connection *connection)
{
    tcpstore_client_free(connection->client);
}
