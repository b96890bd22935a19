/* The lines of the prompt, also those of earlier ones, in a file of the user's. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include <histedit.h>

#include "tcpstore-cli/bytes.h"

struct prompt_history {
    History *memory;   /* what the arrow keys go through */
    struct bytes file; /* its name; no data: the lines are not kept */
};

/* With the lines of the file. -1: out of memory. */
TCPSTORE_MUST_USE
int prompt_history_open(struct prompt_history *own);

/* Adds a line, with its newline, in memory and to the file. */
void prompt_history_add(struct prompt_history *own, const char *line);

void prompt_history_close(struct prompt_history *own);

#endif
