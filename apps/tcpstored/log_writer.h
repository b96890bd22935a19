/*
 * Writes lines to stderr from a thread of its own, so that a stopped terminal, a pipe that is
 * not read or a full disk holds up only the log. Happy path: a line is copied into the queue,
 * and the thread writes it, in one system call with the lines that came meanwhile.
 *
 * Ways to fail: the queue is full, or the write fails (ENOSPC, EFBIG, EPIPE, EIO, EBADF). Lines
 * are then lost and counted, and the count is written, as event=log-lost, in their place as
 * soon as stderr takes it. Lines that wait at the end of the process are lost without a count.
 */
#ifndef TCPSTORED_LOG_WRITER_H
#define TCPSTORED_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <tcpstore/error.h>

enum {
    LOG_LINE_MAX =
        4096 /* bytes: what a pipe takes whole, so that lines of processes do not mix */
};

/* Formats the line that says how many were lost; returns its length. */
typedef size_t log_lost_fn(uint64_t lost, char line[LOG_LINE_MAX]);

/* Starts the thread. Returns 0 or an errno. */
TCPSTORE_MUST_USE
int log_writer_start(log_lost_fn *format_lost);

/* Queues `len` bytes, one line with its newline, at most LOG_LINE_MAX. Any thread, also before
 * the writer's thread has started; never waits for a write. */
void log_writer_put(const char *line, size_t len);

/* The thread exits once it has written the queue; background_wait waits for that. */
void log_writer_end(void);

/* Whether all lines have been written or lost. Async-signal-safe. */
bool log_writer_is_idle(void);

#endif
