/* Commands from a terminal, with history, completion and help. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "tcpstore-cli/connection.h"

/* Runs lines until the end of input or `quit`. Fails if it cannot connect, or cannot edit lines
 * on this terminal. */
enum status prompt_run(struct connection *connection);

#endif
