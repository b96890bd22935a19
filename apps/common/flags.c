#include "common/flags.h"

#include <assert.h>
#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/plain.h"
#include "common/suggest.h"

enum {
    FIRST_ID = 256, /* above all letters */
    LETTERS_SIZE = 2 * FLAGS_MAX + 3,
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

static void fill_letters(const struct flags *flags, char ret_letters[LETTERS_SIZE])
{
    /* '+': stop at the first other argument. ':': report a missing value as ':', not '?'. */
    char *end = stpcpy(ret_letters, "+:");

    for (size_t i = 0; i < flags->count; i++) {
        if (flags->table[i].letter == '\0')
            continue;
        *end++ = flags->table[i].letter;
        if (flags->table[i].argument != NULL)
            *end++ = ':';
    }
    *end = '\0';
}

/* `id` is a row's number plus FIRST_ID, or a letter. NULL: no such flag. */
static const struct flag *find(const struct flags *flags, int id)
{
    if (id >= FIRST_ID)
        return &flags->table[id - FIRST_ID];
    for (size_t i = 0; i < flags->count; i++) {
        if (flags->table[i].letter != '\0' && flags->table[i].letter == id)
            return &flags->table[i];
    }
    return NULL;
}

/* `given` is the argument with its dashes and any =VALUE. */
static void refuse_unknown(const struct flags *flags, const char *given)
{
    const char *name = given + strspn(given, "-");
    struct suggestion suggestion = suggestion_of(name, strcspn(name, "="));

    for (size_t i = 0; i < flags->count; i++)
        suggestion_consider(&suggestion, flags->table[i].name);
    if (suggestion.best != NULL)
        flags_refuse(flags, "%s: no such flag; did you mean --%s?", given, suggestion.best);
    else
        flags_refuse(flags, "%s: no such flag", given);
}

static void refuse_unparsed(const struct flags *flags, int answer, const char *given)
{
    const struct flag *flag = find(flags, optopt);

    if (flag == NULL)
        refuse_unknown(flags, given);
    else if (answer == ':')
        flags_refuse(flags, "%s: needs a value: --%s %s", given, flag->name, flag->argument);
    else
        flags_refuse(flags, "%s: takes no value", given);
}

static int take(const struct flags *flags, const struct flag *flag, const char *text)
{
    char refusal[FLAG_REFUSAL_SIZE];

    if (flag_take(flag, text, refusal)) {
        flags_refuse(flags, "--%s %s: %s", flag->name, *text != '\0' ? text : "''", refusal);
        return -1;
    }
    return 0;
}

static bool is_negative_number(const char *text)
{
    return text[0] == '-' && isdigit((unsigned char)text[1]);
}

int flags_parse(const struct flags *flags, int argc, char **argv)
{
    struct option options[FLAGS_MAX + 1];
    char letters[LETTERS_SIZE];

    fill_getopt_table(flags, options);
    fill_letters(flags, letters);
    opterr = 0; /* no messages from getopt */
    optind = 0; /* forget an earlier call */
    for (;;) {
        int at = optind > 0 ? optind : 1;
        int answer;

        if (at < argc && is_negative_number(argv[at]))
            return at;
        answer = getopt_long(argc, argv, letters, options, NULL);
        if (answer == -1)
            return optind;
        if (answer == ':' || answer == '?') {
            refuse_unparsed(flags, answer, argv[at]);
            return -1;
        }
        if (take(flags, find(flags, answer), optarg))
            return -1;
    }
}

void flags_refuse(const struct flags *flags, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "%s: ", flags->program);
    va_start(arguments, format);
    plain_print(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\ntry '%s --help'\n", flags->program);
}
