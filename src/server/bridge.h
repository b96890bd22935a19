/*
 * Lets a server that reads and writes a socket serve the client of a stream that has none of
 * its own: it gets one end of a pair of sockets, and the bridge carries bytes between the other
 * end and the stream. What either side does not take holds up the other. Call the functions on
 * the loop's thread.
 */
#ifndef SERVER_BRIDGE_H
#define SERVER_BRIDGE_H

#include "base/list.h"
#include "server/stream.h"

enum { BRIDGE_BUFFER_SIZE = 16 << 10 };

struct bridges {
    uv_loop_t *loop;
    struct list open;
    uint8_t buffer[BRIDGE_BUFFER_SIZE]; /* all bridges read into it */
};

void bridges_init(struct bridges *bridges, uv_loop_t *loop);

/*
 * Serves the client of `stream`, which does not read, and is the bridge's from now on. `begun`
 * are bytes of it that were read already. The stream's memory is used, and must outlive the
 * bridge. When the server closes the socket, the client is disconnected once it has read all.
 *
 * Returns the server's end, which does not block, and is above 2; or libuv's error: then the
 * stream is still the caller's.
 */
TCPSTORE_MUST_USE
int bridge_open(struct bridges *bridges, struct stream *stream, struct span begun);

/* Disconnects all clients. The memory is in use until the loop has run. One that is all zero is
 * fine. */
void bridges_close(struct bridges *bridges);

#endif
