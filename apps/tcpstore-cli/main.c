/*
 * Inspects and changes a store from the command line.
 *
 * Happy path: parse the flags, connect, run the command, exit with its status. Without a
 * command run those of standard input, with a prompt if it is a terminal.
 *
 * Ways to fail: see enum status. Each failure is reported on stderr with a next step.
 */
#include <stdio.h>
#include <unistd.h>

#include <tcpstore/version.h>

#include "common/standard_streams.h"
#include "tcpstore-cli/command_line.h"
#include "tcpstore-cli/commands.h"
#include "tcpstore-cli/output.h"
#include "tcpstore-cli/prompt.h"
#include "tcpstore-cli/script.h"

static enum status run(struct connection *connection, char **words, int count)
{
    if (count > 0)
        return command_line_run(connection, &connection->options, words, count);
    if (!isatty(STDIN_FILENO))
        return script_run(connection);
    if (isatty(STDOUT_FILENO))
        return prompt_run(connection);
    fputs(
        "tcpstore-cli: no command, and no terminal for a prompt\n"
        "try 'tcpstore-cli --help'\n",
        stderr);
    return STATUS_USAGE;
}

int main(int argc, char **argv)
{
    struct connection connection = {.client = NULL};
    enum status status;
    int count;

    if (standard_streams_fill("tcpstore-cli"))
        return STATUS_FAILED;
    options_init(&connection.options);
    if (command_line_parse(argc, argv, &connection.options, &count))
        return STATUS_USAGE;
    if (connection.options.help)
        return (int)command_print_help(count > 0 ? argv[1] : NULL);
    if (connection.options.version) {
        printf("tcpstore-cli %s\n", TCPSTORE_VERSION);
        return (int)output_flush();
    }
    status = run(&connection, argv + 1, count);
    connection_done(&connection);
    return (int)status;
}
