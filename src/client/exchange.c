#include "client/exchange.h"

#include "client/monotonic.h"

static bool has_unsent(const struct flight *flight)
{
    return flight_unsent(flight).len > 0;
}

static int send_some(struct transport *transport, struct flight *flight)
{
    while (has_unsent(flight)) {
        size_t sent;
        enum transfer transfer = transport_send(transport, flight_unsent(flight), &sent);

        if (transfer == TRANSFER_LOST)
            return TCPSTORE_ELOST;
        if (transfer == TRANSFER_NONE)
            return 0;
        flight_sent(flight, sent);
    }
    return 0;
}

int exchange_receive(struct transport *transport, struct flight *flight)
{
    struct span bytes;

    switch (transport_receive(transport, &bytes)) {
    case TRANSFER_SOME:
        return flight_receive(flight, bytes);
    case TRANSFER_LOST:
        return TCPSTORE_ELOST;
    default:
        return 0;
    }
}

/* Past the deadline it receives once more: the answer may have arrived in time while this
 * process was stopped. Only once, or a server that sends slowly or without end would hold the
 * caller. */
int exchange(struct transport *transport, struct flight *flight, int64_t deadline)
{
    int code = send_some(transport, flight);
    bool past_deadline = false;

    while (code == 0 && !flight_is_done(flight)) {
        if (past_deadline)
            return TCPSTORE_ETIMEDOUT;
        past_deadline = monotonic_now() >= deadline;
        code = transport_wait(transport, has_unsent(flight), deadline);
        if (code == 0)
            code = exchange_receive(transport, flight);
        if (code == 0)
            code = send_some(transport, flight);
    }
    return code;
}
