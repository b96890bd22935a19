#include "common/flags.h"

#include <assert.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/flag_value.h"

enum {
    FIRST_ID = 256 /* clear of the letters with which getopt_long reports errors */
};

static void fill_getopt_table(const struct flags *flags, struct option *ret_options)
{
    assert(flags->count <= FLAGS_MAX);
    for (size_t i = 0; i < flags->count; i++) {
        ret_options[i] = (struct option){
            .name = flags->table[i].name,
            .has_arg = flags->table[i].argument ? required_argument : no_argument,
            .val = FIRST_ID + (int)i,
        };
    }
    ret_options[flags->count] = (struct option){0};
}

static void refuse_unparsed(const struct flags *flags, int answer, const char *given)
{
    if (answer == ':') {
        const struct flag *flag = &flags->table[optopt - FIRST_ID];
        flags_refuse(flags, "%s: needs a value: --%s %s", given, flag->name, flag->argument);
    } else if (optopt >= FIRST_ID) {
        flags_refuse(flags, "%s: takes no value", given);
    } else {
        flags_refuse(flags, "%s: no such flag", given);
    }
}

static int take(const struct flags *flags, const struct flag *flag, const char *text)
{
    char refusal[FLAG_VALUE_REFUSAL_SIZE];

    if (flag_value_take(flag, text, refusal)) {
        flags_refuse(flags, "--%s %s: %s", flag->name, text, refusal);
        return -1;
    }
    return 0;
}

int flags_parse(const struct flags *flags, int argc, char **argv)
{
    struct option options[FLAGS_MAX + 1];

    fill_getopt_table(flags, options);
    opterr = 0; /* messages are ours */
    for (;;) {
        int at = optind;
        /* '+': stop at the first other argument. ':': tell a missing value from the rest. */
        int answer = getopt_long(argc, argv, "+:", options, NULL);

        if (answer == -1)
            return optind;
        if (answer < FIRST_ID) {
            refuse_unparsed(flags, answer, argv[at]);
            return -1;
        }
        if (take(flags, &flags->table[answer - FIRST_ID], optarg))
            return -1;
    }
}

void flags_refuse(const struct flags *flags, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s: ", flags->program);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\ntry '%s --help'\n", flags->program);
}
