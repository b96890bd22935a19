/* Commands from standard input, a line each. */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include "tcpstore-cli/connection.h"

/* To the end of the input, or to `quit`, over one connection. The status is that of the first
 * command that failed. */
enum status script_run(struct connection *connection);

#endif
