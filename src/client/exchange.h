/* A flight over a transport: sends its requests and collects its answers. */
#ifndef CLIENT_EXCHANGE_H
#define CLIENT_EXCHANGE_H

#include "client/flight.h"
#include "client/transport.h"

/*
 * Until the flight is done. What has come is taken while the rest is still being sent, so that
 * a long flight and its answers cannot block each other.
 *
 * TCPSTORE_ETIMEDOUT    `deadline` (clock.h) has passed, even if bytes still arrive; to go on,
 *                       call it again
 * TCPSTORE_ECANCELED    the transport's cancel_fd is readable; to go on, likewise
 * TCPSTORE_ELOST        the transport's reason says why
 * TCPSTORE_EPROTOCOL    the flight's objection says why
 * TCPSTORE_EANSWERSIZE  the answers exceed the flight's bound
 * TCPSTORE_ENOMEM       for an answer
 */
int exchange(struct transport *transport, struct flight *flight, int64_t deadline);

/* Takes what has come by now, without waiting. Errors as above, but never TCPSTORE_ETIMEDOUT
 * or ECANCELED. */
int exchange_receive(struct transport *transport, struct flight *flight);

#endif
