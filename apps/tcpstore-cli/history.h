/* The lines of this prompt and of earlier ones, in a file of the user. */
#ifndef CLI_HISTORY_H
#define CLI_HISTORY_H

#include <histedit.h>

#include "tcpstore-cli/bytes.h"

struct prompt_history {
    History *memory;   /* for the arrow keys */
    struct bytes file; /* its name; empty: the lines are not saved */
};

/* Loads the lines of the file. Returns -1 if memory runs out. */
TCPSTORE_MUST_USE
int prompt_history_open(struct prompt_history *lines);

/* Adds a line, with its newline, to memory and to the file. */
void prompt_history_add(struct prompt_history *lines, const char *line);

void prompt_history_close(struct prompt_history *lines);

#endif
