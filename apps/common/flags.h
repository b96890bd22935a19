/*
 * The flags of a program. One table says what getopt_long takes, where the values
 * go, and what --help prints.
 */
#ifndef COMMON_FLAGS_H
#define COMMON_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstore/error.h>

#define FLAGS_MAX 48
#define FLAG_LIST_MAX 64

struct flag_list {
    const char *items[FLAG_LIST_MAX];
    size_t count;
};

struct flag {
    const char *name;     /* without the dashes */
    const char *argument; /* what --help calls the value; NULL: it takes none */
    const char *what;     /* what a value must be, as in "not a port" */
    const char *help;
    const char *group;    /* heading above this flag; NULL: the one before goes on */
    const char *fallback; /* the default in words, where the value does not tell it; "": none */

    /* Where the value goes: one of these is set. Texts stay argv's. */
    bool *on;
    const char **text;
    struct flag_list *list; /* the flag may be repeated */
    int *choice;            /* index into `choices`, which NULL ends */
    const char *const *choices;
    int *number;
    size_t *size;           /* bytes or a count: with K, M, G, T */
    uint32_t *milliseconds; /* given in seconds */

    /* Of a number, size or milliseconds. A `max` of 0 stands for the largest its type takes. */
    uint64_t min;
    uint64_t max;

    char letter; /* the flag is taken as -X, too; 0: only by its name */
};

struct flags {
    const char *program;
    const char *usage;   /* what follows the program's name */
    const char *summary; /* what the program does, in lines */
    const struct flag *table;
    size_t count;
};

/* Stores the values of all flags in front of the first other argument, whose index
 * it returns. A negative number, such as -5, is such an argument. Or says on stderr what is
 * wrong and returns -1. Can be called again, for other arguments or for those behind. */
TCPSTORE_MUST_USE
int flags_parse(const struct flags *flags, int argc, char **argv);

/* Says on stderr what is wrong with the command line, and where there is help. */
void flags_refuse(const struct flags *flags, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints what flags_print_help says of one. */
void flags_print_flag(const struct flag *flag);

/* Prints the table to stdout. The defaults it states are the values now in place. */
void flags_print_help(const struct flags *flags);

#endif
