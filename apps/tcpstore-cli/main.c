/*
 * Looks into a store from the command line. Happy path: read the flags, connect, run the
 * command, or the prompt where there is none; end with its status.
 *
 * Ways to fail, each said on stderr with a next step: see enum status.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <tcpstore/version.h>

#include "tcpstore-cli/prompt.h"

static enum status end_of_output(void)
{
    if (fflush(stdout) == 0)
        return STATUS_OK;
    fprintf(stderr, "tcpstore-cli: cannot write to stdout: %s\n", strerror(errno));
    return STATUS_FAILED;
}

static enum status run(struct session *session, char **words, int count)
{
    if (count > 0)
        return session_run(session, &session->options, words, count);
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
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

    options_init(&session.options);
    if (options_parse(argc, argv, &session.options, &count))
        return STATUS_USAGE;
    if (session.options.help) {
        options_print_help();
        return (int)end_of_output();
    }
    if (session.options.version) {
        printf("tcpstore-cli %s\n", TCPSTORE_VERSION);
        return (int)end_of_output();
    }
    status = run(&session, argv + 1, count);
    session_done(&session);
    return (int)status;
}
