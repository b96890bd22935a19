#include <stdio.h>
#include <string.h>

#include "common/flags.h"

enum {
    TEXT_COLUMN = 33,
    WIDTH = 80,
};

/* Wraps at words; the text starts at `column`. */
static void print_wrapped(const char *text, size_t column)
{
    size_t at = column;
    const char *gap = "";

    while (*text) {
        size_t length = strcspn(text, " ");

        if (at + strlen(gap) + length >= WIDTH) {
            printf("\n%*s", (int)column, "");
            at = column;
            gap = "";
        }
        printf("%s%.*s", gap, (int)length, text);
        at += strlen(gap) + length;
        gap = " ";
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

void flags_print_flag(const struct flag *flag)
{
    char fallback[FLAG_DEFAULT_SIZE];
    char text[512];
    int used = flag->letter != '\0' ? printf("  -%c, --%s", flag->letter, flag->name)
                                    : printf("  --%s", flag->name);

    used += printf(" %s", flag->argument != NULL ? flag->argument : "");
    flag_show_default(flag, fallback);
    if (*fallback != '\0')
        snprintf(text, sizeof(text), "%s (default %s)", flag->help, fallback);
    else
        snprintf(text, sizeof(text), "%s", flag->help);
    printf("%*s", TEXT_COLUMN - used, "");
    print_wrapped(text, TEXT_COLUMN);
}

void flags_print_help(const struct flags *flags)
{
    printf("usage: %s %s\n\n%s\n", flags->program, flags->usage, flags->summary);
    for (size_t i = 0; i < flags->count; i++) {
        if (flags->table[i].group)
            printf("\n%s:\n", flags->table[i].group);
        flags_print_flag(&flags->table[i]);
    }
}
