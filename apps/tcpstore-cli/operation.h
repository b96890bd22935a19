/*
 * One operation: a command with its arguments and flags. Checks the arguments and reads keys,
 * values and numbers from them; a value may also be in a file or on standard input.
 *
 * Ways to fail: a wrong argument or flag, a file that cannot be read, and standard input that
 * was already read or holds the commands. All are reported on stderr with STATUS_USAGE.
 */
#ifndef CLI_OPERATION_H
#define CLI_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include <tcpstore/client.h>

#include "tcpstore-cli/options.h"
#include "tcpstore-cli/status.h"

struct operation {
    const struct command *command;
    const struct options *options;
    struct tcpstore_client *client; /* NULL for a command that needs no connection */
    char **arguments;
    int count;
    bool commands_from_stdin; /* so it holds no value */
};

enum { COMMAND_EXAMPLES = 3 };

enum command_flag {
    COMMAND_NOW = 1,
    COMMAND_SIZES = 2,
    COMMAND_WATCH = 4,
    /* The last argument is a value, which --file may give. All arguments after the first may
     * begin with a dash. */
    COMMAND_VALUE = 8,
    COMMAND_WAITS = 16,   /* for other clients, at most --timeout */
    COMMAND_OFFLINE = 32, /* needs no server */
    COMMAND_HTTP = 64,    /* asks the server over HTTP; `client` is NULL */
    COMMAND_JUDGES = 128, /* says whether the job hangs */
    COMMAND_ALL = 256,
    COMMAND_LIMIT = 512,
    COMMAND_EVERY = 1024,
    COMMAND_CLIENT = 2048,
    COMMAND_KEY = 4096,
    COMMAND_STORE = 8192,
    COMMAND_MANAGES = 16384, /* the server, not a store; older ones cannot do it */
    COMMAND_YES = 32768,
};

struct command {
    const char *name;
    const char *arguments; /* as in "KEY [VALUE]" */
    int min_arguments;
    int max_arguments; /* -1: any number */
    unsigned flags;
    enum status (*run)(const struct operation *operation);
    const char *help;
    const char *group; /* heading above it in the help; NULL: same group as the one before */
    const char *if_no; /* when it exits with status 1; NULL: never */
    const char
        *examples[COMMAND_EXAMPLES]; /* without the program's name; the last may be NULL */
};

/* Calls `visit` with the name of each flag that applies to this command but not to all. */
void command_each_flag(const struct command *command, void (*visit)(const char *name));

/* Reports what is wrong, with the command's usage. */
enum status operation_refuse(const struct operation *operation, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether its arguments and flags fit the command; otherwise reports what is wrong. */
bool operation_is_valid(const struct operation *operation);

/* What the functions below append to may hold a part after a failure. */

/* Appends the key on the wire of an argument. */
TCPSTORE_MUST_USE
enum status operation_key(const struct operation *operation, int index, struct bytes *key);

/* Adds the keys of every `step`th argument from `index` on. */
TCPSTORE_MUST_USE
enum status operation_keys(
    const struct operation *operation, int index, int step, struct key_list *keys);

/* Appends the value of an argument, or that of --file if `index` is the argument count. */
TCPSTORE_MUST_USE
enum status operation_value(const struct operation *operation, int index, struct bytes *value);

TCPSTORE_MUST_USE
enum status operation_number(const struct operation *operation, int index, int64_t *ret_number);

#endif
