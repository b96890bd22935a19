/* Completes a line of the prompt: commands, flags, and keys of the store. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/options.h"

/* The last word of `line`, with the backslashes as typed. */
const char *completion_word(const char *line);

/* Keys are listed over a second connection with a short timeout, so that Tab neither waits as
 * long as a command does nor breaks the connection of the commands. */
struct completion {
    const struct options *options;
    struct tcpstore_client *client; /* NULL until keys are listed */
};

/* Adds, in order, what can replace that word, written as it has to be typed. */
void completion_collect(
    struct completion *completion, const char *line, struct key_list *found);

/* How many bytes all of them begin with, without a part of a character. */
size_t completion_common(const struct key_list *found);

void completion_done(struct completion *completion);

#endif
