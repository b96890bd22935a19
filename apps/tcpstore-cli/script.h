/* Commands from standard input, one per line. */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include "tcpstore-cli/connection.h"

/* Runs lines until the end of input or `quit`, over one connection. Returns the status of the
 * first command that failed. */
enum status script_run(struct connection *connection);

#endif
