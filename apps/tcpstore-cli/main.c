/*
 * Looks into a store from the command line. Happy path: read the flags, connect, run the
 * command, or where there is none those of standard input, at a prompt if it is a terminal; end
 * with the status.
 *
 * Ways to fail, each said on stderr with a next step: see enum status.
 */
#include <stdio.h>
#include <unistd.h>

#include <tcpstore/version.h>

#include "common/standard_streams.h"
#include "tcpstore-cli/help.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/prompt.h"
#include "tcpstore-cli/script.h"

static enum status run(struct session *session, char **words, int count)
{
    if (count > 0)
        return session_run(session, &session->options, words, count);
    if (!isatty(STDIN_FILENO))
        return script_run(session);
    if (isatty(STDOUT_FILENO))
        return prompt_run(session);
    fputs(
        "tcpstore-cli: no command, and no terminal for a prompt\n"
        "try 'tcpstore-cli --help'\n",
        stderr);
    return STATUS_USAGE;
}

int main(int argc, char **argv)
{
    struct session session = {.client = NULL};
    enum status status;
    int count;

    if (standard_streams_fill("tcpstore-cli"))
        return STATUS_FAILED;
    options_init(&session.options);
    if (options_parse(argc, argv, &session.options, &count))
        return STATUS_USAGE;
    if (session.options.help)
        return (int)help_answer(argv + 1, count);
    if (session.options.version) {
        printf("tcpstore-cli %s\n", TCPSTORE_VERSION);
        return (int)output_flush();
    }
    status = run(&session, argv + 1, count);
    session_done(&session);
    return (int)status;
}
