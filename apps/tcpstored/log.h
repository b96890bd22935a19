/*
 * The log: one line per event on stderr, such as
 * ts=2026-11-24T03:46:08.123Z level=info event=stopped
 *
 * No call but log_death waits for stderr. All can be called from any thread.
 */
#ifndef TCPSTORED_LOG_H
#define TCPSTORED_LOG_H

#include <tcpstore/server.h>

/* Indexed by enum tcpstore_log_level; ends with NULL. */
extern const char *const log_level_names[];

/* Starts the writer's thread. `minimum` is the level from which log_print writes; the library
 * has its own setting. Call it once, before starting other threads. Returns 0 or an errno. */
TCPSTORE_MUST_USE
int log_start(enum tcpstore_log_level minimum);

/* Call it after the last line; background_wait then waits until all lines are written. */
void log_end(void);

/* A tcpstore_log_fn; `context` is unused. */
void log_write(void *context, enum tcpstore_log_level level, const char *line);

/* Logs an event of the daemon: "event=…". */
void log_print(enum tcpstore_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints why the daemon exits: "tcpstored: …". Bytes that are not printable ASCII become \xNN.
 */
void log_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For handlers of fatal signals; async-signal-safe. Waits up to a second for earlier lines,
 * then writes this one if stderr takes it without blocking. */
void log_death(const char *text);

#endif
