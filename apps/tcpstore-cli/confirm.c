#include "tcpstore-cli/confirm.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tcpstore-cli/escape.h"
#include "tcpstore-cli/terminal.h"

bool confirm_is_possible(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

bool confirm(const char *format, ...)
{
    va_list arguments;
    char *line = NULL;
    size_t capacity = 0;
    bool is_yes;

    va_start(arguments, format);
    escape_print_list(stderr, format, arguments);
    va_end(arguments);
    is_yes = !interrupt_precedes_input() && getline(&line, &capacity, stdin) > 0 &&
             (line[0] == 'y' || line[0] == 'Y');
    clearerr(stdin); /* the prompt reads on after Ctrl-C or Ctrl-D */
    free(line);
    return is_yes;
}
