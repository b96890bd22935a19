/* The connection, and commands that run over it, one after the other. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "tcpstore-cli/operation.h"

struct connection {
    struct options options;
    struct tcpstore_client *client; /* NULL: no command has needed it yet */
    int32_t connect_ms;             /* of the client */
    int32_t timeout_ms;             /* of the client */
    bool lines;       /* commands are lines of standard input, which holds nothing else */
    bool told;        /* that it keeps trying to connect */
    bool unreachable; /* the last attempt to connect has failed */
};

/* Makes the connection, if there is none, it was lost, or the last one had another --timeout
 * than `options`, those of a line. With --wait it keeps trying and says so on a terminal. */
TCPSTORE_MUST_USE
enum status connection_open(struct connection *connection, const struct options *options);

/* Runs the command words[0], with the flags of its line, to the end of its output. */
enum status connection_run(
    struct connection *connection, const struct options *options, char **words, int count);

void connection_done(struct connection *connection);

#endif
