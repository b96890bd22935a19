/* Blocking reads from a socket. */
#ifndef SUPPORT_RECEIVE_H
#define SUPPORT_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Like recv, but retries on EINTR: after tcpstore_server_free, libuv 1.45 and later can make
 * one blocking call fail with it.
 */
ssize_t receive(int fd, void *bytes, size_t len);

/* Reads all `len` bytes. False after the end of the stream, an error or the socket's timeout.
 */
bool receive_all(int fd, void *bytes, size_t len);

#endif
