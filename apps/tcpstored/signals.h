/*
 * Signals that do not kill. SIGTERM, SIGINT and SIGHUP are a clean stop of one server; a SIGHUP
 * that was ignored when the program started, as by nohup, stays ignored. Those that a write may
 * raise are ignored: the write fails. The others kill: last_words.h.
 */
#ifndef TCPSTORED_SIGNALS_H
#define TCPSTORED_SIGNALS_H

#include <tcpstore/server.h>

/* Call it once, first. Has the kernel reap the children that process 1 of a container
 * inherits. */
void signals_init(void);

/* Blocks the signals that stop: they stay pending until signals_stop. */
void signals_hold(void);

/* Unblocks them: each, pending ones included, stops this server until signals_hold. */
void signals_stop(struct tcpstore_server *server);

/* The signal that stopped the server, such as "SIGTERM". Call it after one has. */
const char *signals_last(void);

#endif
