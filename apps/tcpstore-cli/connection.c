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
static void tell_trying(const struct session *session, const char *reason)
{
    const struct endpoint *server = &session->options.server;
    char seconds[QUANTITY_TEXT_SIZE];

    if (!isatty(STDERR_FILENO))
        return;
    quantity_format_seconds((uint64_t)session->connect_ms, seconds);
    escape_print(
        stderr, "%s, port %d: %s; trying for %s s, Ctrl-C ends it\n", server->host,
        server->port, reason, seconds);
}

static bool keep_trying(void *context, const char *reason)
{
    struct session *session = context;

    if (!session->options.wait)
        return false;
    if (!session->told)
        tell_trying(session, reason);
    session->told = true;
    return true;
}

static int connect_first(struct session *session, struct tcpstore_error *error)
{
    struct tcpstore_client_options options;

    tcpstore_client_options_init(&options);
    options.host = session->options.server.host;
    options.port = (uint16_t)session->options.server.port;
    options.connect_timeout_ms = session->connect_ms;
    options.timeout_ms = session->timeout_ms;
    options.keep_trying = keep_trying;
    options.keep_trying_context = session;
    options.cancel_fd = interrupt_descriptor();
    options.key_prefix = ""; /* the names are made in naming.c */
    return tcpstore_client_connect(&options, error, &session->client);
}

/* A client has one timeout for all operations that are given none. */
static void set_timeouts(struct session *session, const struct options *options)
{
    if (session->client != NULL && session->timeout_ms != options_timeout_ms(options)) {
        tcpstore_client_free(session->client);
        session->client = NULL;
    }
    session->connect_ms = options_connect_ms(options);
    session->timeout_ms = options_timeout_ms(options);
}

enum status session_connect(struct session *session, const struct options *options)
{
    struct tcpstore_error error;
    int code;

    session->told = false;
    set_timeouts(session, options);
    code = session->client != NULL ? tcpstore_client_reconnect(session->client, &error)
                                   : connect_first(session, &error);
    session->unreachable = code != 0;
    return code ? report_error(&error) : STATUS_OK;
}

static enum status run(struct session *session, struct call *call)
{
    enum status status = STATUS_OK;
    enum status flushed;

    if ((call->command->flags & COMMAND_OFFLINE) == 0)
        status = session_connect(session, call->options);
    if (status != STATUS_OK)
        return status;
    call->client = session->client;
    status = call->command->run(call);
    flushed = output_flush();
    return status == STATUS_OK ? flushed : status;
}

enum status session_run(
    struct session *session, const struct options *options, char **words, int count)
{
    struct call call = {
        .command = command_find(words[0]),
        .options = options,
        .arguments = words + 1,
        .count = count - 1,
        .lines = session->lines,
    };

    if (call.command == NULL)
        return command_refuse_unknown(words[0]);
    if (!command_suits(&call))
        return STATUS_USAGE;
    return run(session, &call);
}

void session_done(struct session *session)
{
    tcpstore_client_free(session->client);
}
