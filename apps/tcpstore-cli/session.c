/*
 * Happy path: connect at once, run, flush what was printed.
 *
 * Ways to fail: nothing answers within --timeout; the connection is lost during a command,
 * which the next one makes again; stdout does not take the output.
 */
#include "tcpstore-cli/session.h"

#include <unistd.h>

#include "common/quantity.h"
#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/report.h"

enum { QUIET_MS = 1000 };

static int connect_within(
    struct session *session, int32_t timeout_ms, struct tcpstore_error *error)
{
    struct tcpstore_client_options options;

    tcpstore_client_options_init(&options);
    options.host = session->options.host;
    options.port = (uint16_t)session->options.port;
    options.connect_timeout_ms = timeout_ms;
    options.timeout_ms = options_timeout_ms(&session->options);
    options.key_prefix = ""; /* the names are made in naming.c */
    return tcpstore_client_connect(&options, error, &session->client);
}

static void tell_trying(const struct tcpstore_error *error, int32_t timeout_ms)
{
    char seconds[QUANTITY_TEXT_SIZE];

    if (!isatty(STDERR_FILENO))
        return;
    quantity_format_seconds((uint64_t)timeout_ms, seconds);
    escape_print(stderr, "%s; going on for %s s, Ctrl-C ends it\n", error->text, seconds);
}

static int connect_patiently(struct session *session, struct tcpstore_error *error)
{
    int32_t timeout_ms = options_timeout_ms(&session->options);
    int code;

    if (timeout_ms <= QUIET_MS)
        return connect_within(session, timeout_ms, error);
    code = connect_within(session, QUIET_MS, error);
    if (code != TCPSTORE_ECONNECT)
        return code;
    timeout_ms -= QUIET_MS;
    tell_trying(error, timeout_ms);
    return connect_within(session, timeout_ms, error);
}

enum status session_connect(struct session *session)
{
    struct tcpstore_error error;
    int code = session->client != NULL ? tcpstore_client_reconnect(session->client, &error)
                                       : connect_patiently(session, &error);

    return code ? report_error(&error) : STATUS_OK;
}

static enum status run(struct session *session, struct call *call)
{
    enum status status = STATUS_OK;
    enum status flushed;

    if ((call->command->flags & COMMAND_OFFLINE) == 0)
        status = session_connect(session);
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
        .prompt = session->prompt,
    };

    if (call.command == NULL) {
        escape_print(
            stderr, "tcpstore-cli: %s: no such command\ntry '%s'\n", words[0],
            session->prompt ? "help" : "tcpstore-cli --help");
        return STATUS_USAGE;
    }
    if (!command_suits(&call))
        return STATUS_USAGE;
    return run(session, &call);
}

void session_done(struct session *session)
{
    tcpstore_client_free(session->client);
}
