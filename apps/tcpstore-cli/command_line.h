/* A line as words, quoted as in a shell, whatever bytes it holds and whatever the locale is. */
/* One line of several: a command with its arguments and flags. */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include <stddef.h>

#include <tcpstore/error.h>

#include "tcpstore-cli/connection.h"

/* Like argv, behind the program's name. All zero is empty. */
struct words {
    char **items;
    int count; /* the program's name among them */
    size_t capacity;
    char *text; /* of all of them */
};

/*
 * Spaces and tabs separate words, other than in quotes. '...' stands for itself; in "..." a
 * backslash is one unless it stands in front of a double quote or another backslash; outside
 * quotes a backslash makes the next character an ordinary one.
 *
 * Returns -1 if a quote is open or a backslash ends the line. `ret_words` is to be freed with
 * words_done in any case.
 */
TCPSTORE_MUST_USE
int words_split(const char *line, struct words *ret_words);

void words_done(struct words *words);

enum line {
    LINE_EMPTY, /* or a comment, which begins with # */
    LINE_DONE,
    LINE_LAST, /* `quit` or `exit` */
};

/* Runs it. The flags of the connection hold for it, too. `ret_status` is that of the command,
 * and of a line that is refused. */
enum line line_run(struct connection *connection, const char *text, enum status *ret_status);

#endif
