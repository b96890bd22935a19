/*
 * Happy path: read a line, run it, until standard input ends.
 *
 * Ways to fail:
 * - A command fails: it is reported with its line number, and the next line is run, as at the
 *   prompt. Lines are independent, and earlier ones cannot be undone.
 * - No server can be reached: no further line is run, since each would fail, too.
 * - Standard input cannot be read.
 * - It holds no command: that is an error, since it is mostly a script's mistake.
 */
#include "tcpstore-cli/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tcpstore-cli/command_line.h"
#include "tcpstore-cli/report.h"

struct script {
    struct connection *connection;
    char *line;
    size_t capacity;
    size_t number; /* of the line */
    size_t commands;
    enum status status;
};

static void record(struct script *script, enum status status)
{
    if (status == STATUS_OK)
        return;
    fprintf(
        stderr, "tcpstore-cli: standard input:%zu: exit status %d (%s)\n", script->number,
        (int)status, report_meaning(status));
    if (script->status == STATUS_OK)
        script->status = status;
}

/* Removes the newline, and a carriage return before it. */
static void cut_end(char *line, size_t size)
{
    if (size > 0 && line[size - 1] == '\n')
        line[--size] = '\0';
    if (size > 0 && line[size - 1] == '\r')
        line[--size] = '\0';
}

static enum status refuse_null_byte(void)
{
    fputs(
        "tcpstore-cli: the line contains a null byte; write it as \\x00, in a VALUE with "
        "--escapes\n",
        stderr);
    return STATUS_USAGE;
}

/* Returns whether to run the next line. */
static bool run_line(struct script *script, size_t size)
{
    enum status status;
    enum line line = LINE_DONE;

    script->number++;
    if (strlen(script->line) < size) {
        status = refuse_null_byte();
    } else {
        cut_end(script->line, size);
        line = line_run(script->connection, script->line, &status);
    }
    if (line != LINE_EMPTY)
        script->commands++;
    record(script, status);
    return line != LINE_QUIT && !script->connection->unreachable;
}

static void refuse_input(struct script *script)
{
    if (feof(stdin))
        return;
    if (errno == ENOMEM)
        memory_exhausted();
    fprintf(stderr, "tcpstore-cli: standard input: cannot read it: %s\n", strerror(errno));
    if (script->status == STATUS_OK)
        script->status = STATUS_USAGE;
}

static void refuse_empty_input(struct script *script)
{
    fputs(
        "tcpstore-cli: no command, neither as an argument nor on standard input\n"
        "try 'tcpstore-cli --help'\n",
        stderr);
    script->status = STATUS_USAGE;
}

static void report_unreachable(void)
{
    fputs("tcpstore-cli: standard input: no server, so no further line is run\n", stderr);
}

enum status script_run(struct connection *connection)
{
    struct script script = {.connection = connection};
    bool more = true;

    connection->commands_from_stdin = true;
    while (more) {
        ssize_t size = getline(&script.line, &script.capacity, stdin);

        if (size < 0) {
            refuse_input(&script);
            break;
        }
        more = run_line(&script, (size_t)size);
    }
    if (connection->unreachable)
        report_unreachable();
    if (script.commands == 0 && script.status == STATUS_OK)
        refuse_empty_input(&script);
    free(script.line);
    return script.status;
}
