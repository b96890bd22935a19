/*
 * Writes lines to stderr from a separate thread, so that a stopped terminal, an unread pipe or
 * a full disk delays only the log. Happy path: a line is copied into the queue, and the thread
 * writes it together with other queued lines.
 *
 * Ways to fail: the queue is full, or the write fails (ENOSPC, EFBIG, EPIPE, EIO, EBADF). Lines
 * are then lost, and their count is written in their place, as event=log-lost, as soon as
 * stderr accepts it. Lines still queued when the process exits are lost without a count.
 */
#ifndef TCPSTORED_LOG_WRITER_H
#define TCPSTORED_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstore/error.h>

enum { LOG_LINE_MAX = 4096 /* bytes; PIPE_BUF, up to which writes to a pipe are atomic */ };

/* Formats the line that reports lost lines; returns its length. */
typedef size_t log_lost_fn(uint64_t lost, char line[LOG_LINE_MAX]);

/* Starts the thread. Returns 0 or an errno. */
TCPSTORE_MUST_USE
int log_writer_start(log_lost_fn *format_lost);

/* Queues one line of `len` bytes with its newline, at most LOG_LINE_MAX. Can be called from any
 * thread, even before log_writer_start; never waits for a write. */
void log_writer_put(const char *line, size_t len);

/* Makes the thread exit once the queue is empty; background_wait waits for that. */
void log_writer_end(void);

/* Whether every line has been written or lost. Async-signal-safe. */
bool log_writer_is_idle(void);

#endif
