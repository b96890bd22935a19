/*
 * Happy path: look the name up, connect to its first address, send VALIDATE and PING in one
 * segment, read the nonce.
 *
 * Ways to fail: the name is unknown; an address refuses, is silent, or closes at once, and the
 * next one is tried; none is left, and after a pause all are tried again, the name looked up
 * anew, since the server may be starting and its name may move. Only one that answers nonsense
 * ends this early: it will not become a TCPStore server.
 *
 * The look-up itself cannot be interrupted: it may outlast the deadline.
 */
#include "client/connect.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>

#include "base/error.h"
#include "client/backoff.h"
#include "client/clock.h"
#include "client/exchange.h"
#include "client/random.h"

enum {
    TRY_MS = 10000,     /* the most that one address may take of the time */
    FAIR_TRY_MS = 1000, /* when a lost SYN is sent again; a shorter silence says nothing */
    REASON_MAX = 160,
};

/* How much a reason says about the server. */
enum weight {
    WEIGHT_CUT_SHORT, /* the time was up too early */
    WEIGHT_NO_WAY,    /* this machine cannot reach the address */
    WEIGHT_SERVER,    /* what the server or its machine did, silence included */
    WEIGHT_NONSENSE,  /* it is no TCPStore server */
};

struct campaign {
    const struct target *target;
    struct transport *transport;
    int64_t begun;
    int64_t deadline;
    unsigned addresses; /* in the last round */
    unsigned attempts;  /* in all */
    char reason[REASON_MAX];
    enum weight weight; /* of a reason, at least, to replace this one */
    bool unknown;       /* the name, in the last round */
};

static void because(struct campaign *campaign, enum weight weight, const char *reason)
{
    if (weight < campaign->weight)
        return;
    campaign->weight = weight;
    snprintf(campaign->reason, sizeof(campaign->reason), "%s", reason);
}

static int greet(struct campaign *campaign, struct flight *flight, int64_t deadline)
{
    const struct encode validate = {.opcode = WIRE_VALIDATE, .word = WIRE_VALIDATE_MAGIC};
    const struct encode ping = {.opcode = WIRE_PING, .word = random_word()};

    if (flight_add(flight, &validate) || flight_add(flight, &ping))
        return TCPSTORE_ENOMEM;
    return exchange(campaign->transport, flight, deadline);
}

static int try_server(struct campaign *campaign, int64_t deadline)
{
    struct flight flight = {0};
    int code = greet(campaign, &flight, deadline);

    if (code == TCPSTORE_ETIMEDOUT)
        campaign->transport->reason = "connected, but got no response";
    else if (code == TCPSTORE_EPROTOCOL)
        campaign->transport->reason = flight.objection;
    if (code)
        transport_close(campaign->transport);
    flight_done(&flight);
    return code;
}

static bool is_final(int code)
{
    return code == 0 || code == TCPSTORE_ENOMEM || code == TCPSTORE_ECANCELED;
}

static enum weight weight_of(int code, int64_t time_given)
{
    switch (code) {
    case TCPSTORE_ETIMEDOUT:
        return time_given < FAIR_TRY_MS * CLOCK_MS ? WEIGHT_CUT_SHORT : WEIGHT_SERVER;
    case TCPSTORE_ESYSTEM:
        return WEIGHT_NO_WAY;
    case TCPSTORE_EPROTOCOL:
        return WEIGHT_NONSENSE;
    default:
        return WEIGHT_SERVER;
    }
}

static int try_address(
    struct campaign *campaign, const struct addrinfo *address, int64_t deadline)
{
    struct transport *transport = campaign->transport;
    int64_t time_given = deadline - clock_now();
    int code = transport_open(transport, address->ai_addr, address->ai_addrlen, deadline);

    campaign->attempts++;
    if (code == 0)
        code = try_server(campaign, deadline);
    if (!is_final(code))
        because(campaign, weight_of(code, time_given), transport->reason);
    return code;
}

/* A fair share of what is left for this and the addresses after it, but at most TRY_MS. With
 * timeout 0, each address is tried once, for TRY_MS. */
static int64_t share_of_time(const struct campaign *campaign, unsigned addresses_left)
{
    int64_t now = clock_now();
    int64_t most = TRY_MS * CLOCK_MS;
    int64_t share = (campaign->deadline - now) / addresses_left;

    if (campaign->target->timeout_ms == 0 || share > most)
        share = most;
    return now + share;
}

/* One that answers nonsense is what is reported, if no other address is better. */
static int try_addresses(struct campaign *campaign, const struct addrinfo *addresses)
{
    int result = TCPSTORE_ECONNECT;
    unsigned left = 0;

    for (const struct addrinfo *each = addresses; each != NULL; each = each->ai_next)
        left++;
    campaign->addresses = left;
    for (const struct addrinfo *each = addresses; each != NULL; each = each->ai_next, left--) {
        int code = try_address(campaign, each, share_of_time(campaign, left));

        if (is_final(code))
            return code;
        if (code == TCPSTORE_EPROTOCOL)
            result = code;
    }
    return result;
}

static int try_once_round(struct campaign *campaign)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *addresses;
    char port[sizeof("65535")];
    int status, code;

    snprintf(port, sizeof(port), "%u", (unsigned)campaign->target->port);
    status = getaddrinfo(campaign->target->host, port, &hints, &addresses);
    campaign->unknown = status != 0;
    if (campaign->weight > WEIGHT_NO_WAY)
        campaign->weight = WEIGHT_NO_WAY;
    if (status == EAI_MEMORY)
        return TCPSTORE_ENOMEM;
    if (status) {
        because(
            campaign, WEIGHT_SERVER,
            status == EAI_SYSTEM ? strerror(errno) : gai_strerror(status));
        return TCPSTORE_ECONNECT;
    }
    code = try_addresses(campaign, addresses);
    freeaddrinfo(addresses);
    return code;
}

static int fail_to_connect(const struct campaign *campaign, struct tcpstore_error *error)
{
    double seconds = (double)(clock_now() - campaign->begun) / 1e9;
    const char *server = campaign->target->server;

    if (campaign->unknown)
        return error_set(
            error, TCPSTORE_ECONNECT,
            "connect to %s: look-up of the name: %s (tried for %.1f s); is the name right?",
            server, campaign->reason, seconds);
    return error_set(
        error, TCPSTORE_ECONNECT,
        "connect to %s: %s (%u address%s tried, %u attempt%s in %.1f s); is the server "
        "running, and on that port?",
        server, campaign->reason, campaign->addresses, campaign->addresses == 1 ? "" : "es",
        campaign->attempts, campaign->attempts == 1 ? "" : "s", seconds);
}

static int report(const struct campaign *campaign, int code, struct tcpstore_error *error)
{
    const char *server = campaign->target->server;

    switch (code) {
    case 0:
        return 0;
    case TCPSTORE_ENOMEM:
        return error_set(error, code, "connect to %s: out of memory", server);
    case TCPSTORE_ECANCELED:
        return error_set(error, code, "connect to %s: cancelled", server);
    case TCPSTORE_EPROTOCOL:
        return error_set(
            error, code,
            "connect to %s: no TCPStore server answers there (%s); is it the "
            "right port?",
            server, campaign->reason);
    default:
        return fail_to_connect(campaign, error);
    }
}

static bool keeps_trying(const struct campaign *campaign)
{
    const struct target *target = campaign->target;

    return target->keep_trying == NULL ||
           target->keep_trying(target->keep_trying_context, campaign->reason);
}

int connect_to(
    const struct target *target, int64_t begun, struct transport *transport,
    struct tcpstore_error *error)
{
    struct campaign campaign = {
        .target = target,
        .transport = transport,
        .begun = begun,
        .deadline = begun + target->timeout_ms * CLOCK_MS};
    struct backoff backoff = {0};
    int code;

    transport->cancel_fd = target->cancel_fd;
    code = try_once_round(&campaign);
    while (code == TCPSTORE_ECONNECT && clock_now() < campaign.deadline &&
           keeps_trying(&campaign)) {
        code = backoff_sleep(&backoff, campaign.deadline, target->cancel_fd);
        if (code == 0)
            code = try_once_round(&campaign);
    }
    return report(&campaign, code, error);
}
