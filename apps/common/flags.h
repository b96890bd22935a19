/* The flags of a program. One table defines what getopt_long accepts, where the values go, and
 * what --help prints. */
#ifndef COMMON_FLAGS_H
#define COMMON_FLAGS_H

#include <stddef.h>

#include "common/flag.h"

#define FLAGS_MAX 64

struct flags {
    const char *program;
    const char *usage;   /* follows the program's name */
    const char *summary; /* what the program does; may have several lines */
    const struct flag *table;
    size_t count;
};

/* Stores the values of the flags before the first other argument and returns that argument's
 * index; a negative number such as -5 is not a flag. Returns -1 if the command line is wrong,
 * and prints why on stderr. Can be called again, for other arguments or for the rest. */
TCPSTORE_MUST_USE
int flags_parse(const struct flags *flags, int argc, char **argv);

/* Prints on stderr what is wrong with the command line, and a pointer to --help. */
void flags_refuse(const struct flags *flags, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints one flag as flags_print_help does. */
void flags_print_flag(const struct flag *flag);

/* Prints the table to stdout. Defaults are the current values. */
void flags_print_help(const struct flags *flags);

#endif
