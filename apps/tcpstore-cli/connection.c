/*
 * Happy path: connect at once, run, flush what was printed.
 *
 * Ways to fail: no server answers, at once or, with --wait, within --timeout; the connection is
 * lost during a command, which the next one makes again; stdout does not take the output.
 */
#include "tcpstore-cli/connection.h"

#include <unistd.h>

#include "common/quantity.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"
#include "tcpstore-cli/terminal.h"

/* On a terminal only. */
static void tell_trying(const struct connection *connection, const char *reason)
{
    const struct endpoint *server = &connection->options.server;
    char seconds[QUANTITY_TEXT_SIZE];

    if (!isatty(STDERR_FILENO))
        return;
    quantity_format_seconds((uint64_t)connection->connect_ms, seconds);
    escape_print(
        stderr, "%s, port %d: %s; trying for %s s, Ctrl-C ends it\n", server->host,
        server->port, reason, seconds);
}

static bool keep_trying(void *context, const char *reason)
{
    struct connection *connection = context;

    if (!connection->options.wait)
        return false;
    if (!connection->told)
        tell_trying(connection, reason);
    connection->told = true;
    return true;
}

static int connect_first(struct connection *connection, struct tcpstore_error *error)
{
    struct tcpstore_client_options options;

    tcpstore_client_options_init(&options);
    options.host = connection->options.server.host;
    options.port = (uint16_t)connection->options.server.port;
    options.connect_timeout_ms = connection->connect_ms;
    options.timeout_ms = connection->timeout_ms;
    options.keep_trying = keep_trying;
    options.keep_trying_context = connection;
    options.cancel_fd = interrupt_descriptor();
    options.key_prefix = ""; /* the names are made in naming.c */
    return tcpstore_client_connect(&options, error, &connection->client);
}

/* A client has one timeout for all operations that are given none. */
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

    connection->told = false;
    set_timeouts(connection, options);
    code = connection->client != NULL ? tcpstore_client_reconnect(connection->client, &error)
                                      : connect_first(connection, &error);
    connection->unreachable = code != 0;
    return code ? report_error(&error) : STATUS_OK;
}

static enum status run(struct connection *connection, struct operation *operation)
{
    enum status status = STATUS_OK;
    enum status flushed;

    if ((operation->command->flags & COMMAND_OFFLINE) == 0)
        status = connection_open(connection, operation->options);
    if (status != STATUS_OK)
        return status;
    operation->client = connection->client;
    status = operation->command->run(operation);
    flushed = output_flush();
    return status == STATUS_OK ? flushed : status;
}

enum status connection_run(
    struct connection *connection, const struct options *options, char **words, int count)
{
    struct operation operation = {
        .command = command_find(words[0]),
        .options = options,
        .arguments = words + 1,
        .count = count - 1,
        .lines = connection->lines,
    };

    if (operation.command == NULL)
        return command_refuse_unknown(words[0]);
    if (!operation_is_valid(&operation))
        return STATUS_USAGE;
    return run(connection, &operation);
}

void connection_done(struct connection *connection)
{
    tcpstore_client_free(connection->client);
}
