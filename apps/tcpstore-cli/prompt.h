/* Commands from a terminal, with history, completion and help. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "tcpstore-cli/connection.h"

/* Until the end of input or `quit`. Fails if there is no server, or no terminal to edit on. */
enum status prompt_run(struct connection *connection);

#endif
