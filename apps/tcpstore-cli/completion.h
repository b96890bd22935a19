/* What may follow in a line of the prompt: commands, flags, and the keys that the store has. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "tcpstore-cli/key_list.h"
#include "tcpstore-cli/session.h"

/* The last word of `line` up to its end, with the backslashes as typed. */
const char *completion_word(const char *line);

/* Adds what begins with that word, written as it is to be typed, in order. */
void completion_collect(
    const struct session *session, const char *line, struct key_list *found);

/* How many bytes they all begin with. */
size_t completion_common(const struct key_list *found);

#endif
