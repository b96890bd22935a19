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

/* From here on lines are written. `least` is for log_event; the library keeps its own. Returns
 * 0 or an errno. Once, before other threads. */
TCPSTORE_MUST_USE
int log_start(enum tcpstore_log_level least);

/* The last line has been logged; background_wait waits until it is written. */
void log_end(void);

/* A tcpstore_log_fn that needs no context. */
void log_write(void *context, enum tcpstore_log_level level, const char *line);

/* An event of the daemon's own. */
void log_event(enum tcpstore_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Why the daemon exits: "tcpstored: …" for whoever has started it. */
void log_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For a handler of a signal that kills: writes the line if stderr takes it at once, after what
 * is waiting, for which it waits a second at most. */
void log_last_words(const char *line);

#endif
