/* The connection to the server. All commands of the program use it, one after the other. */
#ifndef CLI_CONNECTION_H
#define CLI_CONNECTION_H

#include "tcpstore-cli/options.h"
#include "tcpstore-cli/status.h"

struct connection {
    struct options options;         /* of the program's own command line */
    struct tcpstore_client *client; /* NULL until a command needs it */
    int32_t connect_ms;             /* of the client */
    int32_t timeout_ms;             /* of the client */
    bool commands_from_stdin;       /* so it holds no value */
    bool announced;                 /* that it keeps trying to connect */
    bool unreachable;               /* the last attempt to connect failed */
};

/* Connects, unless connected with the same --timeout as in `options`, which are those of one
 * command. With --wait it keeps trying, and reports that on a terminal. */
TCPSTORE_MUST_USE
enum status connection_open(struct connection *connection, const struct options *options);

void connection_done(struct connection *connection);

#endif
