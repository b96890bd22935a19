/* What is said of one command, and of how all of them end. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "tcpstore-cli/command.h"

enum status command_help(const struct call *call);

/* Prints the usage of that command, its flags, its exit statuses and examples. Or says on
 * stderr that there is no such command. */
enum status help_print(const char *name);

/* The exit statuses, a line each. `no` is what status 1 stands for; NULL: it is left out. */
void help_print_statuses(const char *no);

#endif
