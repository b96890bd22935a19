/* A list on a terminal, as many names to a line as fit. */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include <stdio.h>

#include "tcpstore-cli/key_list.h"

/* Prints the first `most` names in columns, from top to bottom, on lines of at most `width`
 * characters, and how many there are more. */
void columns_print(FILE *out, const struct key_list *names, size_t most, size_t width);

#endif
