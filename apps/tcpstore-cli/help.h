/* What is said of one command, and of how all of them end. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "tcpstore-cli/operation.h"

enum status command_help(const struct operation *operation);

/* Answers --help, to the end of its output: with the usage of the command words[0], its flags,
 * exit statuses and examples, or without words with the flags and commands that there are. Or
 * says on stderr that there is no such command. */
enum status help_answer(char **words, int count);

/* The exit statuses, a line each. `no` is what status 1 stands for; NULL: it is left out. */
void help_print_statuses(const char *no);

#endif
