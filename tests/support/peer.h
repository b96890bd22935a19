/* A server that follows a script, byte for byte, in a thread of its own. */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include "support/buffer.h"

struct peer;

/* On a free port of that numeric IPv4 address, to which clients can connect from here on. */
struct peer *peer_new(const char *address);
uint16_t peer_port(const struct peer *peer);

/* The script, one call for a step, before peer_start. */
void peer_accept(struct peer *peer);                    /* and leaves the client before */
void peer_greet(struct peer *peer);                     /* reads VALIDATE and PING, answers */
void peer_expect(struct peer *peer, struct span bytes); /* exactly these come */
void peer_skip(struct peer *peer, size_t len);          /* so many come, whatever they are */
void peer_send(struct peer *peer, struct span bytes);
void peer_repeat(struct peer *peer, struct span bytes); /* until the client has left */
void peer_sip(struct peer *peer);                       /* reads slowly, for some 2 s */
void peer_await_end(struct peer *peer);                 /* reads nothing but the end */
void peer_close(struct peer *peer);
void peer_reset(struct peer *peer);
void peer_signal(struct peer *peer, int fd); /* makes an eventfd readable */

void peer_start(struct peer *peer);

/* Fails the test unless the script was followed to its end, which it waits for. */
void peer_end(struct peer *peer);

#endif
