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
struct call {
    const struct command *command;
    const struct options *options;
    struct tcpstore_client *client; /* NULL for a command that needs none */
    char **arguments;
    int count;
    bool prompt; /* typed at the prompt, whose terminal is standard input */
};

enum command_flag {
    COMMAND_NOW = 1,
    COMMAND_SIZES = 2,
    COMMAND_WATCH = 4,
    COMMAND_VALUE = 8,    /* its last argument is a value, which may come from --file */
    COMMAND_DASH = 16,    /* arguments behind the first may begin with a dash */
    COMMAND_OFFLINE = 32, /* needs no server */
};

struct command {
    const char *name;
    const char *arguments; /* as in "KEY [VALUE]" */
    int least;
    int most; /* -1: any number */
    unsigned flags;
    enum status (*run)(const struct call *call);
    const char *help;
    const char *group; /* heading above it; NULL: the one before goes on */
};

/* In the order of help; NULL ends it. */
extern const struct command commands[];

/* NULL: there is none of that name. */
const struct command *command_find(const char *name);

/* Says on stderr what is wrong, with the command's usage. */
enum status command_refuse(const struct call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* That an argument is empty where it names a key, a file or what keys look like. */
enum status command_refuse_empty(const struct call *call);

/* Whether its arguments and flags suit it; otherwise says on stderr what is wrong. */
bool command_suits(const struct call *call);

/* All commands, a line each. */
void command_list(FILE *out);

enum status command_help(const struct call *call);

#endif
