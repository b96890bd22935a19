/* Accepts clients. */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include "server/server.h"

/* Accepts from now on. TCPSTORE_ESYSTEM. */
int listeners_watch(struct tcpstore_server *server, struct tcpstore_error *error);

/* Closes the sockets. The listeners' memory is in use until the loop has run. */
void listeners_close(struct tcpstore_server *server);

/* Accepts again, if that was paused for lack of descriptors: one may be free now. */
void listeners_resume(struct tcpstore_server *server);

#endif
