/* All commands: a table with a row for each, from which help, completion and dispatch follow.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "tcpstore-cli/operation.h"

/* In the order of the help; a row with a NULL name ends the table. */
extern const struct command commands[];

/* Upper and lower case are the same. NULL: no command has that name. */
const struct command *command_find(const char *name);

/* Reports an unknown command, with a suggestion if a command has a similar name. */
enum status command_refuse_unknown(const char *name);

/* Prints and flushes the answer to --help: for a command its usage, flags, exit statuses and
 * examples; for NULL all flags and commands. Reports an unknown command. */
enum status command_print_help(const char *name);

#endif
