/*
 * Happy path: resolve the name, connect to its first address, or to the Unix socket, send
 * VALIDATE and PING in one segment, read the nonce.
 *
 * Ways to fail: the name cannot be resolved; an address refuses, does not respond, or closes
 * the connection, and the next one is tried; all addresses have failed, and after a pause a new
 * round begins by resolving the name again, since the server may be starting and its name may
 * move. A peer that is not a TCPStore server ends this early: waiting will not change that.
 *
 * Resolving cannot be interrupted: it may outlast the deadline.
 */
#include "client/connect.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>

#include "base/error.h"
#include "client/backoff.h"
#include "client/exchange.h"
#include "client/monotonic.h"
#include "client/random.h"
#include "client/unix_host.h"

enum {
    TRY_MS = 10000,     /* upper bound of the time for one address */
    FAIR_TRY_MS = 1000, /* when TCP sends a lost SYN again; a shorter silence proves nothing */
    REASON_MAX = 256,
};

static const char silence[] = "connected, but got no response";

/* How much a reason says about the server. Within a round, a reason replaces an earlier one of
 * at most its weight. */
enum weight {
    WEIGHT_CUT_SHORT, /* the time was too short */
    WEIGHT_NO_ROUTE,  /* this machine cannot reach the address */
    WEIGHT_SERVER,    /* the server or its machine refused, closed, or did not respond */
    WEIGHT_STRANGER,  /* not a TCPStore server */
};

/* All attempts to connect to one target. */
struct connector {
    const struct target *target;
    struct transport *transport;
    int64_t begun;
    int64_t deadline;
    unsigned addresses; /* in the last round */
    unsigned attempts;  /* in all rounds */
    char reason[REASON_MAX];
    enum weight weight; /* a reason of less does not replace `reason` */
    bool unresolved;    /* the name, in the last round */
};

static void note_reason(struct connector *connector, enum weight weight, const char *reason)
{
    if (weight < connector->weight)
        return;
    connector->weight = weight;
    snprintf(connector->reason, sizeof(connector->reason), "%s", reason);
}

static int validate_and_ping(
    struct connector *connector, struct flight *flight, int64_t deadline)
{
    const struct encode validate = {.opcode = WIRE_VALIDATE, .word = WIRE_VALIDATE_MAGIC};
    const struct encode ping = {.opcode = WIRE_PING, .word = random_word()};

    if (flight_add(flight, &validate) || flight_add(flight, &ping))
        return TCPSTORE_ENOMEM;
    return exchange(connector->transport, flight, deadline);
}

static int try_server(struct connector *connector, int64_t deadline)
{
    struct flight flight = {0};
    int code = validate_and_ping(connector, &flight, deadline);

    if (code == TCPSTORE_ETIMEDOUT)
        connector->transport->reason = silence;
    else if (code == TCPSTORE_EPROTOCOL)
        connector->transport->reason = flight.reader.violation;
    if (code)
        transport_close(connector->transport);
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
        return time_given < FAIR_TRY_MS * NS_PER_MS ? WEIGHT_CUT_SHORT : WEIGHT_SERVER;
    case TCPSTORE_ESYSTEM:
        return WEIGHT_NO_ROUTE;
    case TCPSTORE_EPROTOCOL:
        return WEIGHT_STRANGER;
    default:
        return WEIGHT_SERVER;
    }
}

static int try_address(
    struct connector *connector, const struct addrinfo *address, int64_t deadline)
{
    struct transport *transport = connector->transport;
    int64_t time_given = deadline - monotonic_now();
    int code = transport_open(transport, address->ai_addr, address->ai_addrlen, deadline);

    connector->attempts++;
    if (code == 0 && !connector->target->without_ping)
        code = try_server(connector, deadline);
    if (!is_final(code))
        note_reason(connector, weight_of(code, time_given), transport->reason);
    return code;
}

/* An equal share of the time that is left for this address and those after it, at most TRY_MS.
 * With timeout 0, each address is tried once, for TRY_MS. */
static int64_t share_of_time(const struct connector *connector, unsigned addresses_left)
{
    int64_t now = monotonic_now();
    int64_t share = (connector->deadline - now) / addresses_left;

    if (connector->target->timeout_ms == 0 || share > TRY_MS * NS_PER_MS)
        share = TRY_MS * NS_PER_MS;
    return now + share;
}

/* TCPSTORE_EPROTOCOL if one address is not a TCPStore server and no other succeeds. */
static int try_addresses(struct connector *connector, const struct addrinfo *addresses)
{
    int result = TCPSTORE_ECONNECT;
    unsigned left = 0;

    for (const struct addrinfo *each = addresses; each != NULL; each = each->ai_next)
        left++;
    connector->addresses = left;
    for (const struct addrinfo *each = addresses; each != NULL; each = each->ai_next, left--) {
        int code = try_address(connector, each, share_of_time(connector, left));

        if (is_final(code))
            return code;
        if (code == TCPSTORE_EPROTOCOL)
            result = code;
    }
    return result;
}

static int try_unix(struct connector *connector)
{
    struct sockaddr_un path;
    const struct addrinfo address = {
        .ai_addr = (struct sockaddr *)&path, .ai_addrlen = sizeof(path)};

    if (host_unix_address(connector->target->host, &path))
        return try_addresses(connector, &address);
    note_reason(connector, WEIGHT_SERVER, "the path is empty or too long");
    return TCPSTORE_ECONNECT;
}

static int try_name(struct connector *connector)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *addresses;
    char port[sizeof("65535")];
    int status, code;

    snprintf(port, sizeof(port), "%u", (unsigned)connector->target->port);
    status = getaddrinfo(connector->target->host, port, &hints, &addresses);
    connector->unresolved = status != 0;
    if (status == EAI_MEMORY)
        return TCPSTORE_ENOMEM;
    if (status) {
        note_reason(
            connector, WEIGHT_SERVER,
            status == EAI_SYSTEM ? strerror(errno) : gai_strerror(status));
        return TCPSTORE_ECONNECT;
    }
    code = try_addresses(connector, addresses);
    freeaddrinfo(addresses);
    return code;
}

static int try_round(struct connector *connector)
{
    if (connector->weight > WEIGHT_NO_ROUTE)
        connector->weight = WEIGHT_NO_ROUTE;
    return host_is_unix(connector->target->host) ? try_unix(connector) : try_name(connector);
}

/* What may be wrong, for the texts. */
static const char *place_of(const struct connector *connector)
{
    return host_is_unix(connector->target->host) ? "path" : "port";
}

static int fail_to_connect(const struct connector *connector, struct tcpstore_error *error)
{
    double seconds = (double)(monotonic_now() - connector->begun) / 1e9;
    const char *server = connector->target->server;

    if (connector->unresolved)
        return error_set(
            error, TCPSTORE_ECONNECT,
            "connect to %s: cannot resolve the name: %s (tried for %.1f s); is the name right?",
            server, connector->reason, seconds);
    return error_set(
        error, TCPSTORE_ECONNECT,
        "connect to %s: %s (%u address%s tried, %u attempt%s in %.1f s); is the server "
        "running, and on that %s?",
        server, connector->reason, connector->addresses, connector->addresses == 1 ? "" : "es",
        connector->attempts, connector->attempts == 1 ? "" : "s", seconds, place_of(connector));
}

static int report(const struct connector *connector, int code, struct tcpstore_error *error)
{
    const char *server = connector->target->server;

    switch (code) {
    case 0:
        return 0;
    case TCPSTORE_ENOMEM:
        return error_set(error, code, "connect to %s: out of memory", server);
    case TCPSTORE_ECANCELED:
        return error_set(error, code, "connect to %s: cancelled", server);
    case TCPSTORE_EPROTOCOL:
        if (connector->target->tls != NULL)
            return error_set(
                error, code, "connect to %s with TLS: %s", server, connector->reason);
        return error_set(
            error, code, "connect to %s: not a TCPStore server (%s); is it the right %s?",
            server, connector->reason, place_of(connector));
    default:
        return fail_to_connect(connector, error);
    }
}

bool connect_found_silence(const struct tcpstore_error *error)
{
    return error->code == TCPSTORE_ECONNECT && strstr(error->text, silence) != NULL;
}

bool connect_was_closed(const struct tcpstore_error *error)
{
    return error->code == TCPSTORE_ECONNECT && strstr(error->text, " by the server;") != NULL;
}

static bool keeps_trying(const struct connector *connector)
{
    const struct target *target = connector->target;

    return target->keep_trying == NULL ||
           target->keep_trying(target->keep_trying_context, connector->reason);
}

int connect_to(
    const struct target *target, int64_t begun, struct transport *transport,
    struct tcpstore_error *error)
{
    struct connector connector = {
        .target = target,
        .transport = transport,
        .begun = begun,
        .deadline = begun + target->timeout_ms * NS_PER_MS};
    struct backoff backoff = {0};
    int code;

    transport->cancel_fd = target->cancel_fd;
    transport->tls = target->tls;
    code = try_round(&connector);
    while (code == TCPSTORE_ECONNECT && monotonic_now() < connector.deadline &&
           keeps_trying(&connector)) {
        code = backoff_sleep(&backoff, connector.deadline, target->cancel_fd);
        if (code == 0)
            code = try_round(&connector);
    }
    return report(&connector, code, error);
}
