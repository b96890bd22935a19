/* Command lines: the program's own, and lines of the prompt or of standard input. */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include "tcpstore-cli/connection.h"

/* Parses the program's command line as options_parse does, and finds the server unless the
 * command needs none. Or reports what is wrong on stderr and returns -1. */
TCPSTORE_MUST_USE
int command_line_parse(int argc, char **argv, struct options *options, int *ret_count);

/* Runs the command words[0] with the flags of its line and flushes its output. */
enum status command_line_run(
    struct connection *connection, const struct options *options, char **words, int count);

enum line {
    LINE_EMPTY, /* or a comment, which begins with # */
    LINE_DONE,
    LINE_QUIT, /* `quit` or `exit` */
};

/*
 * Runs one line with the flags of the program and its own. `ret_status` is that of the command,
 * or STATUS_USAGE for a line that is wrong.
 *
 * Spaces and tabs separate words, except in quotes. Within '...' every character is ordinary.
 * Within "..." a backslash is ordinary unless a double quote or another backslash follows.
 * Outside quotes a backslash makes the next character ordinary. Bytes need not be UTF-8, and
 * the locale does not matter.
 */
enum line line_run(struct connection *connection, const char *text, enum status *ret_status);

#endif
