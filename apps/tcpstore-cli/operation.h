/* The commands: one row in command.c for each, from which help, completion and dispatch come.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include <tcpstore/client.h>

#include "tcpstore-cli/options.h"
#include "tcpstore-cli/status.h"

/* One command with its arguments. */
struct operation {
    const struct command *command;
    const struct options *options;
    struct tcpstore_client *client; /* NULL for a command that needs none */
    char **arguments;
    int count;
    bool lines; /* one of several lines of standard input, which holds nothing else */
};

enum { COMMAND_EXAMPLES = 3 };

enum command_flag {
    COMMAND_NOW = 1,
    COMMAND_SIZES = 2,
    COMMAND_WATCH = 4,
    /* Its last argument is a value, which may come from --file. All arguments behind the first
     * may begin with a dash. */
    COMMAND_VALUE = 8,
    COMMAND_WAITS = 16,   /* for others, --timeout at most */
    COMMAND_OFFLINE = 32, /* needs no server */
};

struct command {
    const char *name;
    const char *arguments; /* as in "KEY [VALUE]" */
    int least;
    int most; /* -1: any number */
    unsigned flags;
    enum status (*run)(const struct operation *operation);
    const char *help;
    const char *group; /* heading above it; NULL: the one before goes on */
    const char *no;    /* what status 1 stands for; NULL: the command does not end with it */
    const char
        *examples[COMMAND_EXAMPLES]; /* without the program's name; the last may be NULL */
};

/* In the order of help; NULL ends it. */
extern const struct command commands[];

/* In upper or lower case. NULL: no command has that name. */
const struct command *command_find(const char *name);

/* Says on stderr that there is no such command, and which one may have been meant. */
enum status command_refuse_unknown(const char *name);

/* Calls `visit` with the name of each flag that is of use with this command, not with all. */
void command_each_flag(const struct command *command, void (*visit)(const char *name));

/* Says on stderr what is wrong, with the command's usage. */
enum status operation_refuse(const struct operation *operation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* That an argument is empty where it names a key, a file or what keys look like. */
enum status operation_refuse_empty(const struct operation *operation);

/* Whether its arguments and flags suit it; otherwise says on stderr what is wrong. */
bool operation_is_valid(const struct operation *operation);

/* All commands, a line each. */
void command_list(FILE *out);

#endif
