/* Sends the requests of a flight over a transport and collects the answers. */
#ifndef CLIENT_EXCHANGE_H
#define CLIENT_EXCHANGE_H

#include "client/flight.h"
#include "client/transport.h"

/*
 * Returns 0 once the flight is done. Receives while it still sends, so that a long flight and
 * its answers cannot block each other.
 *
 * TCPSTORE_ETIMEDOUT    `deadline` (monotonic.h) has passed, even if bytes still arrive; call
 *                       it again to go on
 * TCPSTORE_ECANCELED    the transport's cancel_fd is readable; call it again to go on
 * TCPSTORE_ELOST        the transport's `reason` says why
 * TCPSTORE_EPROTOCOL    the flight's `reader.violation` says why
 * TCPSTORE_EANSWERSIZE  the answers exceed the flight's bound
 * TCPSTORE_ENOMEM       for an answer
 */
int exchange(struct transport *transport, struct flight *flight, int64_t deadline);

/* Takes what has already arrived, without waiting. Errors as above, except TCPSTORE_ETIMEDOUT
 * and ECANCELED. */
int exchange_receive(struct transport *transport, struct flight *flight);

#endif
