/* A fake server that follows a script, byte for byte, in its own thread. */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include "support/buffer.h"

struct peer;

/* Listens on a free port of the numeric IPv4 address; clients can connect from here on. */
struct peer *peer_new(const char *address);
uint16_t peer_port(const struct peer *peer);

/* The script: each call adds a step; all before peer_start. */
void peer_accept(struct peer *peer);                    /* closes the client before it */
void peer_handshake(struct peer *peer);                 /* reads VALIDATE and PING, replies */
void peer_expect(struct peer *peer, struct span bytes); /* reads exactly these bytes */
void peer_skip(struct peer *peer, size_t len);          /* reads any `len` bytes */
void peer_send(struct peer *peer, struct span bytes);
void peer_repeat(struct peer *peer, struct span bytes); /* sends until the client disconnects */
void peer_read_slowly(struct peer *peer);               /* for about 2 s */
void peer_await_end(struct peer *peer);                 /* reads only the end of the stream */
void peer_close(struct peer *peer);
void peer_reset(struct peer *peer);
void peer_signal(struct peer *peer, int fd); /* makes an eventfd readable */

void peer_start(struct peer *peer);

/* Waits for the end of the script; fails the test if a step has failed. */
void peer_end(struct peer *peer);

#endif
