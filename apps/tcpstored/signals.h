/*
 * SIGTERM, SIGINT and SIGHUP stop one server cleanly; a SIGHUP that was ignored when the
 * program started, as by nohup, stays ignored. With TLS, SIGHUP reads its files again instead.
 * SIGUSR1 asks it for the record of operations,
 * SIGUSR2 to drain. Signals that a write can raise are ignored, so that the write fails. The
 * others are fatal: fatal_signals.h.
 */
#ifndef TCPSTORED_SIGNALS_H
#define TCPSTORED_SIGNALS_H

#include <stdbool.h>

#include <tcpstore/server.h>

/* Call it once, first. As process 1, in a container, also makes the kernel reap children. */
void signals_init(void);

/* SIGHUP stops no server, but has it read the files of its TLS again. Call it before
 * signals_block. */
void signals_reload_by_hangup(void);

/* Blocks these signals: they stay pending. */
void signals_block(void);

/* Unblocks them: each, including a pending one, is for this server until signals_block. */
void signals_unblock_for(struct tcpstore_server *of);

/* The signal that stopped the server, such as "SIGTERM"; NULL: it has ended by itself. */
const char *signals_last(void);

enum { SIGNAL_NAME_SIZE = sizeof("128") };

/* "SIGTERM"; or the number, written to `text`, if the signal has no name here.
 * Async-signal-safe. */
const char *signal_name(int number, char text[SIGNAL_NAME_SIZE]);

/* Whether the process itself causes the signal, for example by a bad address or abort(). The
 * kernel then kills the process even if it blocks the signal or is process 1.
 * Async-signal-safe. */
bool signal_is_fault(int number);

#endif
