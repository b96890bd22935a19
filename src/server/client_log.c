#include "server/client_log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "server/refusal.h"

enum {
    V4_BYTES = 3, /* of an address that make its network: /24 */
    V6_BYTES = 8, /* /64 */
    CLIENT_MAX = ADDRESS_TEXT_MAX + 16,
    SUPPRESSED_MAX = 40,
};

static struct flow_key flow_of(const char *event, const char *reason, const union address *peer)
{
    struct flow_key key = {.event = event, .reason = reason};
    struct span host;

    if (peer == NULL)
        return key;
    host = address_host(peer);
    key.network_len = host.len == sizeof(struct in_addr) ? V4_BYTES : V6_BYTES;
    memcpy(key.network, host.bytes, key.network_len);
    return key;
}

/* "network=10.0.0.0/24 ", or "" if it is no client's. Returns `text`. */
static const char *format_network(const struct flow_key *key, char text[CLIENT_MAX])
{
    uint8_t host[sizeof(struct in6_addr)] = {0};
    char address[INET6_ADDRSTRLEN];

    text[0] = '\0';
    if (key->network_len == 0)
        return text;
    memcpy(host, key->network, key->network_len);
    uv_inet_ntop(
        key->network_len == V4_BYTES ? AF_INET : AF_INET6, host, address, sizeof(address));
    snprintf(text, CLIENT_MAX, "network=%s/%d ", address, 8 * key->network_len);
    return text;
}

static void log_ended(struct tcpstore_server *server, uint64_t now)
{
    struct flow_key key;
    uint64_t suppressed;
    char network[CLIENT_MAX];

    while (throttle_take_ended(&server->throttle, now, &key, &suppressed))
        log_event(
            &server->log, TCPSTORE_LOG_WARN, "log-suppressed",
            "kind=%s %ssuppressed=%" PRIu64 " reason=\"%s\"",
            key.event != NULL ? key.event : "several", format_network(&key, network),
            suppressed, key.reason != NULL ? key.reason : "");
}

static void expect_end(struct tcpstore_server *server);

static void on_throttle_timer(uv_timer_t *timer)
{
    struct tcpstore_server *server = timer->data;

    log_ended(server, uv_now(&server->loop));
    expect_end(server);
}

static void expect_end(struct tcpstore_server *server)
{
    uint64_t next = throttle_next_end(&server->throttle);
    uint64_t now = uv_now(&server->loop);

    if (next == UINT64_MAX || server->stopping)
        return;
    uv_timer_start(&server->throttle_timer, on_throttle_timer, next > now ? next - now : 0, 0);
}

/* Whether the flow may write a line now, which then reports *ret_suppressed. */
static bool admit(
    struct tcpstore_server *server, const struct flow_key *key, uint64_t *ret_suppressed)
{
    if (throttle_admit(&server->throttle, key, uv_now(&server->loop), ret_suppressed))
        return true;
    if (!uv_is_active((uv_handle_t *)&server->throttle_timer))
        expect_end(server);
    return false;
}

static void write_line(
    const struct log *log, enum tcpstore_log_level level, const char *event,
    const union address *peer, uint64_t suppressed, const char *words)
{
    char address[ADDRESS_TEXT_MAX];
    char client[CLIENT_MAX] = "";
    char count[SUPPRESSED_MAX] = "";

    if (peer != NULL)
        snprintf(client, sizeof(client), "client=%s ", address_format(peer, address));
    if (suppressed > 0)
        snprintf(count, sizeof(count), "suppressed=%" PRIu64 " ", suppressed);
    log_event(log, level, event, "%s%s%s", client, count, words);
}

void client_log_event(
    struct tcpstore_server *server, enum tcpstore_log_level level, const char *event,
    const char *reason, const union address *peer, const char *format, ...)
{
    char words[REFUSAL_MAX];
    uint64_t suppressed = 0;
    va_list arguments;

    if (server->log.write == NULL || level < server->log.level)
        return;
    if (level > TCPSTORE_LOG_DEBUG) {
        struct flow_key key = flow_of(event, reason, peer);

        if (!admit(server, &key, &suppressed))
            return;
    }
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    write_line(&server->log, level, event, peer, suppressed, words);
}

void client_log_end(struct tcpstore_server *server)
{
    log_ended(server, UINT64_MAX);
}
