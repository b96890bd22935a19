/*
 * The log: a line per event on stderr, such as
 * ts=2026-11-24T03:46:08.123Z level=info event=stopped
 *
 * No call waits for stderr: log_writer.h. All may be called from any thread.
 */
#ifndef TCPSTORED_LOG_H
#define TCPSTORED_LOG_H

#include <tcpstore/server.h>

/* By enum tcpstore_log_level; NULL ends it. */
extern const char *const log_level_names[];

/* Starts writing lines. `least` is the minimum level of log_event; the library has its own.
 * Call it once, before starting other threads. Returns 0 or an errno. */
TCPSTORE_MUST_USE
int log_start(enum tcpstore_log_level least);

/* Call it after the last line; background_wait then waits until all are written. */
void log_end(void);

/* A tcpstore_log_fn that needs no context. */
void log_write(void *context, enum tcpstore_log_level level, const char *line);

/* An event of the daemon's own. */
void log_event(enum tcpstore_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Why the daemon exits: "tcpstored: …". Control characters become '?'. */
void log_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For handlers of signals that kill; async-signal-safe. Waits at most a second for the lines
 * before, then writes this one if stderr takes it at once. */
void log_last_words(const char *line);

#endif
