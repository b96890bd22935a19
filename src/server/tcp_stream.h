/* A stream on a socket: TCP, or Unix, which libuv's TCP handles serve as well. */
#ifndef SERVER_TCP_STREAM_H
#define SERVER_TCP_STREAM_H

#include "server/stream.h"

/*
 * Opens a stream on the connected stream socket `fd`. It does not read yet. It and its backlog
 * are allocated from `memory`; all pointers are borrowed, `owner` for the events. Returns
 * libuv's error: UV_ENOMEM, or the socket is not usable. Then `fd` is still the caller's.
 */
TCPSTORE_MUST_USE
int tcp_stream_open(
    uv_loop_t *loop, int fd, struct memory *memory, const struct stream_limits *limits,
    const struct stream_events *events, void *owner, struct stream **ret_stream);

#endif
