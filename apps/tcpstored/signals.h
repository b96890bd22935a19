/*
 * Signals that do not kill. SIGTERM, SIGINT and SIGHUP are a clean stop of one server; a SIGHUP
 * that was ignored when the program started, as by nohup, stays ignored. Those that a write may
 * raise are ignored: the write fails. The others kill: last_words.h.
 */
#ifndef TCPSTORED_SIGNALS_H
#define TCPSTORED_SIGNALS_H

#include <tcpstore/server.h>

/* Once, before all else. The children that process 1 of a container inherits are left to the
 * kernel. */
void signals_init(void);

/* Keeps those that stop pending, so that none is lost, or meets no server, from here on. */
void signals_hold(void);

/* Has them, pending ones included, stop this server from here to the next hold. */
void signals_stop(struct tcpstore_server *server);

/* The name of the one that came last, such as "SIGTERM", once one has. */
const char *signals_last(void);

#endif
