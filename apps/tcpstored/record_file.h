/*
 * Writes the record of the clients' last operations to a file: after SIGUSR1, and when a fault
 * kills the process.
 *
 * Happy path: a new temporary file in the same folder is filled, and then renamed, so that the
 * file is whole, or the previous one. Neither name is followed if it is a symbolic link. Only
 * the daemon's user may read it. After SIGUSR1 this is done in the background.
 *
 * Ways to fail, each logged as event=record-failed: nothing is recorded; the folder is missing
 * or not writable; the file system is full; no memory or thread for the copy; the previous
 * record is still being written.
 */
#ifndef TCPSTORED_RECORD_FILE_H
#define TCPSTORED_RECORD_FILE_H

#include <tcpstore/server.h>

/* `path` NULL: tcpstored-PID.record in $TMPDIR, or in /tmp. Returns -1 with errno set if the
 * name is too long. Call it before the other functions. */
TCPSTORE_MUST_USE
int record_file_init(const char *path);

/* A tcpstore_record_fn; `context` is unused. */
void record_file_write(void *context, const void *record, size_t size, uint64_t entries);

/* Waits up to `seconds` until a record is written and logged. */
void record_file_wait(int seconds);

/* The server that record_file_dump asks; NULL: none. */
void record_file_set_server(struct tcpstore_server *server);

/* For handlers of fatal signals; async-signal-safe. */
void record_file_dump(void);

#endif
