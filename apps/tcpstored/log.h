/*
 * The log: a line per event on stderr, such as
 * ts=2026-11-24T03:46:08.123Z level=info event=stopped
 *
 * A line goes out in one system call, so that lines of several processes do not mix.
 * What stderr refuses is lost: serving goes before logging.
 */
#ifndef TCPSTORED_LOG_H
#define TCPSTORED_LOG_H

#include <tcpstore/server.h>

/* By enum tcpstore_log_level; NULL ends it. */
extern const char *const log_level_names[];

/* For log_event; the library keeps its own. */
void log_set_level(enum tcpstore_log_level least);

/* A tcpstore_log_fn that needs no context. */
void log_write(void *context, enum tcpstore_log_level level, const char *line);

/* An event of the daemon's own. */
void log_event(enum tcpstore_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
