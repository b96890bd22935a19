/* What may follow in a line of the prompt: commands, flags, and the keys that the store has. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "tcpstore-cli/bytes.h"
#include "tcpstore-cli/connection.h"

/* The last word of `line` up to its end, with the backslashes as typed. */
const char *completion_word(const char *line);

/* Keys are asked for on a connection of its own, which is given up after seconds: Tab neither
 * waits as long as a command does, nor breaks the connection of the commands. */
struct completion {
    const struct connection *connection;
    struct tcpstore_client *client; /* NULL: no key was asked for yet */
};

/* Adds what begins with that word, written as it is to be typed, in order. */
void completion_collect(
    struct completion *completion, const char *line, struct key_list *found);

/* How many bytes they all begin with, up to the end of a character. */
size_t completion_common(const struct key_list *found);

void completion_done(struct completion *completion);

#endif
