#include "server/client_log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    V4_BYTES = 3, /* of an address that identify its network: /24 */
    V6_BYTES = 8, /* /64 */
    CLIENT_MAX = ADDRESS_TEXT_MAX + 16,
    SUPPRESSED_MAX = 40,
    WORDS_MAX = 512,
};

void client_log_init(struct client_log *client_log, uv_loop_t *loop, const struct log *log)
{
    *client_log = (struct client_log){.log = *log};
    uv_timer_init(loop, &client_log->timer);
    client_log->timer.data = client_log;
}

static struct flow_key flow_of(const char *event, const char *reason, const union address *peer)
{
    struct flow_key key = {.event = event, .reason = reason};
    struct span host;

    if (peer == NULL || address_is_unix(peer))
        return key;
    host = address_host(peer);
    key.network_len = host.len == sizeof(struct in_addr) ? V4_BYTES : V6_BYTES;
    memcpy(key.network, host.bytes, key.network_len);
    return key;
}

/* "network=10.0.0.0/24 ", or "" for an event that concerns no client. Returns `text`. */
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

static void report_suppressed(struct client_log *client_log, uint64_t now)
{
    struct flow_key key;
    uint64_t suppressed;
    char network[CLIENT_MAX];

    while (throttle_take_suppressed(&client_log->throttle, now, &key, &suppressed))
        log_write(
            &client_log->log, TCPSTORE_LOG_WARN, "log-suppressed",
            "kind=%s %ssuppressed=%" PRIu64 " reason=\"%s\"",
            key.event != NULL ? key.event : "several", format_network(&key, network),
            suppressed, key.reason != NULL ? key.reason : "");
}

static void schedule_report(struct client_log *client_log);

static void on_report_timer(uv_timer_t *timer)
{
    struct client_log *client_log = timer->data;

    report_suppressed(client_log, uv_now(client_log->timer.loop));
    schedule_report(client_log);
}

static void schedule_report(struct client_log *client_log)
{
    uint64_t next = throttle_next_report(&client_log->throttle);
    uint64_t now = uv_now(client_log->timer.loop);

    if (next == UINT64_MAX)
        return;
    uv_timer_start(&client_log->timer, on_report_timer, next > now ? next - now : 0, 0);
}

/* Whether the flow may write a line now; that line reports *ret_suppressed. */
static bool admit(
    struct client_log *client_log, const struct flow_key *key, uint64_t *ret_suppressed)
{
    if (throttle_admit(
            &client_log->throttle, key, uv_now(client_log->timer.loop), ret_suppressed))
        return true;
    if (!uv_is_active((uv_handle_t *)&client_log->timer))
        schedule_report(client_log);
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
    log_write(log, level, event, "%s%s%s", client, count, words);
}

void client_log_write(
    struct client_log *client_log, enum tcpstore_log_level level, const char *event,
    const char *reason, const union address *peer, const char *format, ...)
{
    char words[WORDS_MAX];
    uint64_t suppressed = 0;
    va_list arguments;

    event_counts_add(&client_log->counts, event, reason);
    if (client_log->log.write == NULL || level < client_log->log.level)
        return;
    if (level > TCPSTORE_LOG_DEBUG) {
        struct flow_key key = flow_of(event, reason, peer);

        if (!admit(client_log, &key, &suppressed))
            return;
    }
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    write_line(&client_log->log, level, event, peer, suppressed, words);
}

void client_log_close(struct client_log *client_log)
{
    report_suppressed(client_log, UINT64_MAX);
    uv_close((uv_handle_t *)&client_log->timer, NULL);
}
