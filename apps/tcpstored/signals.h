/* SIGTERM and SIGINT as a clean stop of one server. */
#ifndef TCPSTORED_SIGNALS_H
#define TCPSTORED_SIGNALS_H

#include <tcpstore/server.h>

/* Keeps them pending, so that none is lost, or meets no server, from here on. */
void signals_hold(void);

/* Has them, pending ones included, stop this server from here to the next hold. */
void signals_stop(struct tcpstore_server *server);

/* Which of them came last, "SIGTERM" or "SIGINT", once one has. */
const char *signals_last(void);

#endif
