/* Accepts clients. */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include "server/server.h"

/* Opens the sockets that the options ask for and fills in server->listeners. On failure
 * nothing is left behind and the options' socket is untouched. Errors as
 * tcpstore_server_new. */
int listeners_open(
    struct tcpstore_server *server, const struct tcpstore_server_options *options,
    struct tcpstore_error *error);

/* Accepts from now on. TCPSTORE_ESYSTEM. */
int listeners_watch(struct tcpstore_server *server, struct tcpstore_error *error);

/* Closes the sockets. The listeners' memory is in use until the loop has run. */
void listeners_close(struct tcpstore_server *server);

/* Accepts again, if that was paused for lack of descriptors: one may be free now. */
void listeners_resume(struct tcpstore_server *server);

#endif
