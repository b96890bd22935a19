/* Blocking reads of a test. */
#ifndef SUPPORT_RECEIVE_H
#define SUPPORT_RECEIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Like recv, but not interrupted: after tcpstore_server_free, libuv from 1.45 on can make a
 * blocking call fail with EINTR once.
 */
ssize_t receive(int fd, void *bytes, size_t len);

/* All `len` bytes. False: the end, an error, or the socket's timeout came first. */
bool receive_all(int fd, void *bytes, size_t len);

#endif
